/** The config as JSON Schema, for editors: they complete keys, show what each does, and underline mistakes. */
import { z } from 'zod'
import { config } from './schema.ts'

/** In draft 7, which editors know. Rules that only code can check (hosts, paths that climb out) are left to that code. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(config, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      // A section of which every line is commented out is empty, and means nothing.
      if (jsonSchema.type === 'object' && 'properties' in jsonSchema) Object.assign(jsonSchema, NULLABLE)
    },
  })
  const title = 'Millwright: .github/millwright.yml'
  return { $schema, title, ...schema }
}

const NULLABLE = { type: ['object', 'null'] }
