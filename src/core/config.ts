/** The config of a repository, `.github/millwright.yml`: its schema, its defaults, its check, its documentation. */
export { DEFAULT_CONFIG } from './config/schema.ts'
export type { Config } from './config/schema.ts'
export { checkConfig } from './config/check.ts'
export type { ConfigResult, ConfigProblem } from './config/check.ts'
export { describeConfig } from './config/describe.ts'
