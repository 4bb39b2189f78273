import { resolve } from 'node:path'
import { GeorepError } from '../core/errors.ts'
import { readBytes } from './read-file.ts'

const reference = /(\$)?\$\{([^}]*)\}?/g

/** Whether the text holds a `${...}` that stands for something else. `$${` is a literal `${`. */
export function hasReference(text: string): boolean {
  return [...text.matchAll(reference)].some((match) => match[1] === undefined)
}

/** Whether some `${...}` is neither `${env:NAME}` nor `${file:PATH}`. */
export function hasBadReference(text: string): boolean {
  return [...text.matchAll(reference)].some(([whole, escape, name = '']) => {
    const isGood = whole.endsWith('}') && /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/.test(name)
    return escape === undefined && !isGood
  })
}

export interface ReferenceDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where relative paths begin: the folder of georep.yaml. */
  readonly folder: string
  /** `georep.yaml:4:7`, for the message. */
  readonly at: string
}

/**
 * The text with every reference replaced by what it stands for. A file's last line break is not part of its value.
 * Throws `GR-CONFIG-REFERENCE` that names the variable or the file, never a value.
 */
export async function resolved(text: string, deps: ReferenceDeps): Promise<string> {
  let result = ''
  let from = 0
  for (const match of text.matchAll(reference)) {
    result += text.slice(from, match.index)
    from = match.index + match[0].length
    result += match[1] === undefined ? await valueOf(match[2] ?? '', deps) : match[0].slice(1)
  }
  return result + text.slice(from)
}

async function valueOf(name: string, deps: ReferenceDeps): Promise<string> {
  if (name.startsWith('file:')) {
    const file = resolve(deps.folder, name.slice(5))
    const text = (await readSmall(file, deps.at)).replace(/\r?\n$/, '')
    if (text !== '') return text
    throw new GeorepError('config', 'GR-CONFIG-REFERENCE', `${deps.at}: "${file}" is empty`, {
      next: 'write what it is to hold into it and run the same command again',
    })
  }
  const variable = name.slice('env:'.length)
  const value = deps.env[variable]
  if (value !== undefined && value !== '') return value
  const what = value === undefined ? 'is not set' : 'is empty'
  throw new GeorepError('config', 'GR-CONFIG-REFERENCE', `${deps.at}: environment variable "${variable}" ${what}`, {
    next: `set ${variable} in the environment and run the same command again`,
  })
}

/** The text of a file that georep.yaml names. Throws `GR-CONFIG-REFERENCE`. */
export async function readSmall(file: string, at: string): Promise<string> {
  return (await readBytes(file, at)).toString('utf8')
}
