import type { z } from 'zod'
import { nearest } from '../core/nearest.ts'
import type { Path, Problem, YamlSource } from './yaml-source.ts'

type Issue = z.core.$ZodIssue

/** What a kind of file knows of its own shape, for naming what was probably meant. */
export interface Shape {
  /** The keys that are known at a path. */
  readonly knownKeys: (path: Path) => readonly string[]
  /** Why a key that the writer of the file chooses cannot be one; without a full stop. */
  readonly badKey: (name: string, path: Path) => string
  /** Whether the text at a path is a duration. */
  readonly isDuration: (path: Path) => boolean
}

/** One problem for each thing that is wrong, in the order of the file. Values are not quoted where they may be secret. */
export function problemsFrom(issues: readonly Issue[], source: YamlSource, shape: Shape): readonly Problem[] {
  return inOrder(issues.flatMap((issue) => problemsOf(issue, source, shape)))
}

/** By line and column. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column)
}

/** The message of an error that names them all: `georep.yaml:4:7: …`, one a line. */
export function messageOfProblems(name: string, problems: readonly Problem[]): string {
  const lines = problems.map(({ line, column, message }) => `${name}:${line}:${column}: ${message}`)
  return lines.length === 1 ? lines.join('') : [`${lines.length} problems in "${name}"`, ...lines].join('\n')
}

function problemsOf(issue: Issue, source: YamlSource, shape: Shape): readonly Problem[] {
  const { path } = issue
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ ...source.keyAt([...path, key]), message: unknownKey(key, path, shape) }))
    case 'invalid_key':
      return [{ ...source.keyAt(path), message: shape.badKey(String(path.at(-1)), path) }]
    case 'invalid_type':
    case 'invalid_union':
    case 'invalid_value': {
      const value = valueIn(source.value, path)
      if (value === undefined)
        return [{ ...source.keyAt(path), message: `missing "${String(path.at(-1))}" in ${nameOf(path.slice(0, -1))}` }]
      const expected = issue.code === 'invalid_union' ? issue.message : expectation(issue, value, shape)
      return [{ ...source.valueAt(path), message: `${nameOf(path)}: ${expected}` }]
    }
    case 'too_small': {
      const isNumber = typeof valueIn(source.value, path) === 'number'
      return [{ ...source.valueAt(path), message: `${nameOf(path)}: must not be ${isNumber ? 'negative' : 'empty'}` }]
    }
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'too_big':
      return [{ ...source.valueAt(path), message: `${nameOf(path)}: ${issue.message}` }]
  }
}

function expectation(
  issue: z.core.$ZodIssueInvalidType | z.core.$ZodIssueInvalidValue,
  value: unknown,
  { isDuration }: Shape,
): string {
  if (issue.code === 'invalid_value') return `expected ${issue.values.map((each) => `"${String(each)}"`).join(' or ')}`
  const isText = issue.expected === 'string'
  if (isText && isDuration(issue.path)) return `expected a duration such as 30s, got ${kindOf(value)}`
  const hint = isText && typeof value === 'number' ? ' (put it in quotes)' : ''
  return `expected ${typeWord(issue.expected)}, got ${kindOf(value)}${hint}`
}

function unknownKey(key: string, path: Path, { knownKeys }: Shape): string {
  const where = path.length === 0 ? 'at the top' : `in ${nameOf(path)}`
  const [, name, sign] = /^([^:=]+)([:=])./s.exec(key) ?? []
  // What is behind it was meant as a value, and may be a secret.
  if (name !== undefined)
    return `unknown key "${name}${sign}…" ${where} (between a key and its value stands a colon and a space)`
  const meant = nearest(key, knownKeys(path))
  return `unknown key "${key}" ${where}${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`
}

/** `clusters.east.bootstrap[0]`. */
export function nameOf(path: Path): string {
  if (path.length === 0) return 'the file'
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('')
}

function valueIn(value: unknown, path: Path): unknown {
  let found = value
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined
    found = (found as Record<PropertyKey, unknown>)[part]
  }
  return found
}

function typeWord(expected: string): string {
  const words: Record<string, string> = {
    object: 'a mapping',
    record: 'a mapping',
    array: 'a list',
    string: 'text',
    int: 'a whole number',
    number: 'a whole number',
    boolean: 'true or false',
  }
  return words[expected] ?? expected
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return 'true or false'
  return 'a number'
}
