import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { z } from 'zod'
import { GeorepError, messageOf } from '../core/errors.ts'
import { inOrder, messageOfProblems, problemsFrom } from '../yaml/problems.ts'
import { readYamlText } from '../yaml/read-text.ts'
import { parseYaml, type Problem, type YamlSource } from '../yaml/yaml-source.ts'
import type { DrillSection } from './drill-section.ts'
import type { CommonFields } from './kind.ts'
import { kindNamed } from './kinds.ts'
import { headSchema, type Mode, type Outline, outlineSchema, runbookSchema, runbookShape } from './schema.ts'
import type { Site } from './site.ts'
import { type StandIn, withStandIn } from './stand-in.ts'
import type { Step } from './step.ts'
import { fillVariables } from './variables.ts'

/** A runbook with its variables filled in, checked. */
export interface Runbook {
  readonly name: string
  readonly description: string
  readonly mode: Mode
  readonly link: string
  /** Expected ids of clusters; undefined: whatever they are. */
  readonly clusters: { readonly source: string | undefined; readonly destination: string | undefined }
  readonly variables: ReadonlyMap<string, string>
  /** As it was read, and its SHA-256 in hex. */
  readonly text: string
  readonly hash: string
  readonly steps: readonly StepEntry[]
  readonly rollback: readonly StepEntry[]
  /** What `georep drill run` goes by; undefined: it is not for drills. */
  readonly drill: DrillSection | undefined
}

export interface StepEntry {
  readonly id: string
  readonly kind: string
  /** It runs a command of the operator's. */
  readonly isCommand: boolean
  /** One sentence without a full stop. */
  readonly does: string
  readonly open: (site: Site) => Step
}

/** @throws GeorepError "config" GR-RUNBOOK-UNREADABLE */
export async function readRunbookText(file: string): Promise<string> {
  try {
    return await readYamlText(file)
  } catch (cause) {
    throw new GeorepError('config', 'GR-RUNBOOK-UNREADABLE', `"${file}" cannot be read: ${messageOf(cause)}`, {
      next: 'georep runbook list, or name a file that can be read',
      cause,
    })
  }
}

/**
 * The runbook of a text. Contacts nobody.
 *
 * @param file for messages
 * @param standIn the canary, in a drill
 * @throws GeorepError "config" GR-RUNBOOK-INVALID with every problem, each with line and column
 */
export function runbookFrom(
  text: string,
  file: string,
  given: ReadonlyMap<string, string>,
  standIn?: StandIn,
): Runbook {
  const source = sourceOf(text, file)
  const head = headSchema.safeParse(source.value)
  if (!head.success) throw invalid(file, problemsFrom(head.error.issues, source, runbookShape))
  const declared = Object.entries(head.data.variables ?? {}).map(([variable, one]) => ({ name: variable, fallback: one.default })) // prettier-ignore
  const filled = fillVariables(head.data, declared, given, source)
  const checked = runbookSchema.safeParse(filled.value)
  if (!checked.success || filled.problems.length > 0) {
    const found = checked.success ? [] : problemsFrom(checked.error.issues, { ...source, value: filled.value }, runbookShape) // prettier-ignore
    // A text in which a variable is missing is not to be complained of for what it then looks like.
    const isTold = ({ line, column }: Problem): boolean => filled.unfilled.some((one) => one.line === line && one.column === column) // prettier-ignore
    const others = found.filter((one) => !isTold(one))
    throw invalid(file, inOrder([...filled.problems, ...others]), others.length === 0 ? filled.next : undefined)
  }
  const { link, description, mode = 'planned', clusters, steps, rollback = [], drill } = checked.data
  const entry = (fields: Fields): StepEntry => entryOf(fields, standIn)
  return {
    name: checked.data.name,
    description,
    mode,
    link,
    clusters: { source: clusters?.source?.id, destination: clusters?.destination?.id },
    variables: filled.values,
    text,
    hash: createHash('sha256').update(text).digest('hex'),
    steps: steps.map(entry),
    rollback: rollback.map(entry),
    drill,
  }
}

/** What can be told of a runbook without values for its variables. @throws GeorepError as `runbookFrom` */
export function outlineFrom(text: string, file: string): Outline {
  const source = sourceOf(text, file)
  const checked = outlineSchema.safeParse(source.value)
  if (!checked.success) throw invalid(file, problemsFrom(checked.error.issues, source, runbookShape))
  return checked.data
}

function sourceOf(text: string, file: string): YamlSource {
  const source = parseYaml(text)
  if ('length' in source) throw invalid(file, source)
  if (source.value === null || source.value === undefined) throw invalid(file, [{ line: 1, column: 1, message: 'the file is empty' }]) // prettier-ignore
  return source
}

type Fields = z.output<typeof runbookSchema>['steps'][number]

function entryOf(read: Fields, standIn: StandIn | undefined): StepEntry {
  const { id, timeout, attempts = 1, onFailure = 'abort', kind: name } = read as CommonFields & { readonly kind: string } // prettier-ignore
  const kind = kindNamed(name)
  if (kind === undefined) throw new TypeError(`kind "${name}" has passed the schema and is not listed`)
  const fields = standIn === undefined ? read : withStandIn(read, Object.keys(kind.schema.shape), standIn)
  const does = kind.does(fields)
  const timeoutMs = timeout ?? kind.timeoutMs(fields)
  return {
    id,
    kind: name,
    isCommand: hasCommand(fields),
    does,
    open: (site) => ({
      ...kind.open(fields, site, { id, timeoutMs }),
      id,
      kind: name,
      does,
      timeoutMs,
      attempts,
      onFailure,
    }),
  }
}

function hasCommand(fields: Readonly<Record<string, unknown>>): boolean {
  const isHook = (value: unknown): boolean => typeof value === 'object' && value !== null && 'hook' in value
  return ['command', 'switch', 'hook'].some((name) => fields[name] !== undefined) || ['with', 'by'].some((name) => isHook(fields[name])) // prettier-ignore
}

function invalid(file: string, problems: readonly Problem[], next?: string): GeorepError {
  return new GeorepError('config', 'GR-RUNBOOK-INVALID', messageOfProblems(basename(file), problems), {
    stateNow: 'nothing was done, no cluster was contacted',
    next: next ?? `correct "${file}", then the same command again`,
  })
}
