/** `npm start`: the set-up page while there is no App, and the App from then on, until a signal ends it. */
import { runMain } from '../run-main.ts'
import { serve } from './serve.ts'

await runMain(() => serve('all'))
