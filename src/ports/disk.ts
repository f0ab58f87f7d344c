/** The disk that the state folder is on: git directories, checkouts, the embedded database. */
export interface Disk {
  /** Why no more work may be begun on it; undefined while there is room, or where nobody can tell. Never rejects. */
  shortage(): Promise<string | undefined>
}
