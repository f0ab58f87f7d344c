#!/bin/sh
# What the image is told to do: a command of `mill` by its name (web, worker, rebuild, ...), or any program.
# `exec`, so that the app itself hears SIGTERM.
case "$1" in
web | worker | rebuild | run | init | config | help) exec node src/app/cli/main.ts "$@" ;;
*) exec "$@" ;;
esac
