import { basename, dirname, resolve } from 'node:path'
import type { Path } from '../yaml/yaml-source.ts'
import type { Config } from './load.ts'
import { readPem } from './pem.ts'
import { resolved } from './references.ts'

export type TextAt = (value: string, ...path: Path) => Promise<string>
export type PemAt = (value: string | undefined, ...path: Path) => Promise<string | undefined>

/** Reads what the values of one cluster's entry stand for. A path begins at the entry. */
export interface EntryReader {
  /** Of georep.yaml, where relative paths begin. */
  readonly folder: string
  /** `georep.yaml:4:7`, for messages. */
  readonly at: (path: Path) => string
  /** The text with its references replaced. */
  readonly textAt: TextAt
  /** The text of a PEM file; `undefined` where none is named. */
  readonly pemAt: PemAt
}

/** Throws GR-CONFIG-REFERENCE or GR-CONFIG-INVALID for what is not there, or not as it must be. */
export function entryReader(
  config: Config,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): EntryReader {
  const folder = dirname(config.file)
  const at = (path: Path): string => config.whereIs(['clusters', name, ...path]) ?? basename(config.file)
  const textAt: TextAt = async (value, ...path) => await resolved(value, { env, folder, at: at(path) })
  const pemAt: PemAt = async (value, ...path) => {
    if (value === undefined) return undefined
    return await readPem(resolve(folder, await textAt(value, ...path)), at(path))
  }
  return { folder, at, textAt, pemAt }
}
