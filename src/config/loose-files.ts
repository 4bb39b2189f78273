import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Config } from './load.ts'
import { isSecretKey } from './properties/keys.ts'
import { parseJavaProperties } from './properties/java-properties.ts'

/**
 * Files with secrets that every user of this machine may read. They are told of and not refused: what Kubernetes mounts is readable by all, inside
 * of a container that has one user. A properties file is one of them by its keys. A file that is not there is not our matter here.
 */
export async function looseSecretFiles({ file, clusters }: Config): Promise<readonly string[]> {
  const named = [...clusters.values()].flatMap(({ properties, tls, sasl, connect }) => {
    const secrets = [
      ...Object.values(sasl ?? {}),
      tls?.keyPassword,
      connect?.password,
      connect?.tls?.keyPassword,
    ].filter((each) => typeof each === 'string')
    const referred = secrets.flatMap((text) => [...text.matchAll(/(?<!\$)\$\{file:([^}]+)\}/g)].map(([, path = '']) => path)) // prettier-ignore
    return [properties, tls?.key, connect?.tls?.key, ...referred].filter(
      (each) => each !== undefined && !each.includes('${'),
    )
  })
  const inFolder = (each: string | undefined): string => resolve(dirname(file), each ?? '')
  const propertiesFiles = new Set([...clusters.values()].map(({ properties }) => inFolder(properties)))
  const loose: string[] = []
  for (const path of new Set(named.map(inFolder))) {
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile() !== true || (found.mode & 0o004) === 0) continue
    if (!propertiesFiles.has(path) || (await hasSecretKey(path))) loose.push(path)
  }
  return loose
}

async function hasSecretKey(path: string): Promise<boolean> {
  return [...parseJavaProperties(await readFile(path, 'latin1')).keys()].some(isSecretKey)
}
