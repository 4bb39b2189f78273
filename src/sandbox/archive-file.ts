import { join } from 'node:path'

/** Where the class archive for brokers lies; it is good for one version of Java. */
export function archiveFile(cache: string, javaVersion: string): string {
  return join(cache, `classes-${javaVersion}.jsa`)
}
