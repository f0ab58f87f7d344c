/** Reads request bodies field by field, refusing what GitHub refuses in its words. */
import { malformed } from './api-error.ts'

export interface Fields {
  has(name: string): boolean
  /** Text that must be there. */
  text(name: string): string
  /** Undefined when absent or null. */
  optionalText(name: string): string | undefined
  optionalNumber(name: string): number | undefined
  optionalFlag(name: string): boolean | undefined
  optionalTexts(name: string): string[] | undefined
  optionalObject(name: string): Fields | undefined
  optionalObjects(name: string): Fields[] | undefined
  isNull(name: string): boolean
}

/** Any JSON value; what is no object has no fields. */
export function fieldsOf(body: unknown): Fields {
  const record = isRecord(body) ? body : {}
  const typed = <T>(name: string, type: string, is: (value: unknown) => value is T): T | undefined => {
    const value = record[name]
    if (value === undefined || value === null) return undefined
    if (is(value)) return value
    throw malformed(`For 'properties/${name}', ${JSON.stringify(value)} is not ${type}.`)
  }
  const objects = (name: string) => typed(name, 'an array of objects', isArrayOf(isRecord))?.map(fieldsOf)
  return {
    has: (name) => record[name] !== undefined,
    isNull: (name) => record[name] === null,
    text(name) {
      const value = typed(name, 'a string', isText)
      if (value === undefined) throw malformed(`"${name}" wasn't supplied.`)
      return value
    },
    optionalText: (name) => typed(name, 'a string', isText),
    optionalNumber: (name) => typed(name, 'an integer', isInteger),
    optionalFlag: (name) => typed(name, 'a boolean', isFlag),
    optionalTexts: (name) => typed(name, 'an array of strings', isArrayOf(isText)),
    optionalObject: (name) => {
      const value = typed(name, 'an object', isRecord)
      return value && fieldsOf(value)
    },
    optionalObjects: objects,
  }
}

/** Length as GitHub counts it: code points, not UTF-16 units. */
export function characters(text: string): number {
  return Array.from(text).length
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const isInteger = (value: unknown): value is number => Number.isInteger(value)
const isArrayOf =
  <T>(is: (value: unknown) => value is T) =>
  (value: unknown): value is T[] =>
    Array.isArray(value) && value.every(is)
