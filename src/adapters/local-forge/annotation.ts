/** A remark of a check run on lines of a file, in the fields that GitHub takes and gives. */
export interface Annotation {
  readonly path: string
  readonly start_line: number
  readonly end_line: number
  readonly start_column: number | null
  readonly end_column: number | null
  readonly annotation_level: string
  readonly title: string | null
  readonly message: string
  readonly raw_details: string | null
}
