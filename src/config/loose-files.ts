import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Config } from './load.ts'

/**
 * Files with secrets that every user of this machine may read. They are told of and not refused: what Kubernetes mounts is readable by all, inside
 * of a container that has one user. A file that is not there is not our matter here.
 */
export async function looseSecretFiles({ file, clusters }: Config): Promise<readonly string[]> {
  const named = [...clusters.values()].flatMap(({ properties, tls, sasl, connect }) => {
    const secrets = [...Object.values(sasl ?? {}), tls?.keyPassword, connect?.password].filter(
      (each) => typeof each === 'string',
    )
    const referred = secrets.flatMap((text) => [...text.matchAll(/(?<!\$)\$\{file:([^}]+)\}/g)].map(([, path = '']) => path)) // prettier-ignore
    return [properties, tls?.key, ...referred].filter((each) => each !== undefined && !each.includes('${'))
  })
  const loose: string[] = []
  for (const path of new Set(named.map((each) => resolve(dirname(file), each ?? '')))) {
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile() === true && (found.mode & 0o004) !== 0) loose.push(path)
  }
  return loose
}
