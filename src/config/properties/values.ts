import { dirname, resolve } from 'node:path'

/** The values of a properties file, and where each of them stands. */
export interface Values {
  readonly file: string
  /** The value of a key, looked up where a config provider has it, without white space around it; undefined for none, or an empty one. */
  readonly get: (key: string) => string | undefined
  /** The same for a secret: white space is a part of it. */
  readonly secret: (key: string) => string | undefined
  readonly has: (key: string) => boolean
  /** `east.properties:4`. */
  readonly at: (key: string) => string
}

/** A file name in a properties file: relative to the folder of that file. */
export function besideFile({ file }: Pick<Values, 'file'>, name: string): string {
  return resolve(dirname(file), name)
}
