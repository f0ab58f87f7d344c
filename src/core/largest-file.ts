/**
 * Bytes of a file that a change may hold. GitHub takes blobs up to 100 MB; a change of ours that large is a mistake,
 * and base64 doubles it.
 */
export const LARGEST_FILE = 5 * 1024 * 1024
