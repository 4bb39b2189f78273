import { nearest } from '../core/nearest.ts'
import type { Path, Position, Problem, YamlSource } from '../yaml/yaml-source.ts'

export const variableName = /^[A-Za-z_][A-Za-z0-9_-]*$/

export interface Declared {
  readonly name: string
  /** Undefined: it has to be given. */
  readonly fallback: string | undefined
}

export interface Filled {
  /** The document with the variables filled in where they may stand; as it was elsewhere. */
  readonly value: Readonly<Record<string, unknown>>
  readonly problems: readonly Problem[]
  /** Where text stands in which a variable could not be filled in. */
  readonly unfilled: readonly Position[]
  /** What is to be typed otherwise where all problems are of what was given with `--set`, and none of the text; else undefined. */
  readonly next: string | undefined
  /** In force, by name. */
  readonly values: ReadonlyMap<string, string>
}

/** Where `${NAME}` is filled in. */
const filled = ['link', 'clusters', 'steps', 'rollback', 'drill']

/**
 * Fills `${NAME}` in, in the text of everything that a run acts by; `$${` is a literal `${`. A variable without a value, one that is used and not
 * declared, and one that is given and not declared are problems, each where it stands.
 */
export function fillVariables(
  document: Readonly<Record<string, unknown>>,
  declared: readonly Declared[],
  given: ReadonlyMap<string, string>,
  source: YamlSource,
): Filled {
  const problems: Problem[] = []
  const unfilled: Position[] = []
  const names = declared.map(({ name }) => name)
  const values = new Map<string, string>()
  for (const { name, fallback } of declared) {
    const value = given.get(name) ?? fallback
    if (value !== undefined) values.set(name, value)
    else problems.push({ ...source.keyAt(['variables', name]), message: `variable "${name}" has no value: give it with --set ${name}=<value>` }) // prettier-ignore
  }
  for (const name of given.keys()) {
    if (names.includes(name)) continue
    problems.push({ ...source.keyAt(['variables']), message: `--set ${name}: ${unknownVariable(name, names)}` })
  }
  const ofGiven = problems.length
  const fill = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') {
      return value.replace(/(\$?)\$\{([^}]*)\}/g, (whole, escape: string, name: string) => {
        if (escape !== '') return whole.slice(1)
        const found = values.get(name)
        if (found === undefined) unfilled.push(source.valueAt(path))
        // Of one that is declared and has no value it is told once, where it is declared.
        if (found === undefined && !names.includes(name)) {
          problems.push({ ...source.valueAt(path), message: `${unknownVariable(name, names)}; for a literal \${ write $\${` }) // prettier-ignore
        }
        return found ?? whole
      })
    }
    if (Array.isArray(value)) return value.map((one, index) => fill(one, [...path, index]))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, [...path, key])]))
  }
  const entries = Object.entries(document).map(([key, value]) => [key, filled.includes(key) ? fill(value, [key]) : value]) // prettier-ignore
  const next = problems.length === ofGiven ? nextOf(declared, values) : undefined
  return { value: Object.fromEntries(entries) as Readonly<Record<string, unknown>>, problems, unfilled, next, values }
}

function nextOf(declared: readonly Declared[], values: ReadonlyMap<string, string>): string {
  const lacking = declared.filter(({ name }) => !values.has(name)).map(({ name }) => `--set ${name}=<value>`)
  return lacking.length > 0
    ? `the same command with ${lacking.join(' ')}`
    : 'the same command with --set of variables that it has'
}

function unknownVariable(name: string, names: readonly string[]): string {
  const meant = nearest(name, names)
  return `unknown variable "${name}"${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`
}
