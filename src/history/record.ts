import { createHash } from 'node:crypto'

/** How a run ended. `completed`: it came to a verdict. The others have none but `unknown`, and say why in `error`. */
export const runStatuses = ['completed', 'failed', 'aborted', 'interrupted', 'incomplete'] as const
export type RunStatus = (typeof runStatuses)[number]

const runKinds = ['drill', 'runbook'] as const

/** What a run leaves behind. The fields named here are common to every kind; what else there is belongs to the kind. */
export interface RunData {
  readonly kind: (typeof runKinds)[number]
  readonly mode: string
  /** What was exercised, in words: the link, the topics. */
  readonly scope: string
  readonly status: RunStatus
  readonly verdict: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly endedAt: string
  readonly georepVersion: string
  readonly [more: string]: unknown
}

export const runSchema = 'georep.run/1'
export const stubSchema = 'georep.run-stub/1'

interface InChain {
  readonly id: string
  /** SHA-256, in hex, of the file of the record saved before this one; null for the first. */
  readonly previous: string | null
  /** The id of that record, so that one that is missing can be named; null for the first, undefined where it was not noted. */
  readonly previousId?: string | null | undefined
}

export interface RunRecord extends RunData, InChain {
  readonly schema: typeof runSchema
}

/** What a listing shows of a run: of a record that is there in full, and of one that was pruned. */
export interface RunSummary extends RunData, InChain {
  /** SHA-256, in hex, of the record's file: of a stub, as it was before it was pruned. */
  readonly hash: string
  /** When all but this summary was removed; undefined of a record that is there in full. */
  readonly prunedAt: string | undefined
}

export type Parsed = { readonly kind: 'run'; readonly run: RunSummary } | { readonly kind: 'bad'; readonly why: string }

/** What the bytes of a record's file, or of a stub's, amount to, or why they are neither. The file may be anybody's. */
export function runFromBytes(bytes: Uint8Array): Parsed {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return bad('not JSON')
  }
  if (typeof value !== 'object' || value === null) return bad('not a run record')
  const fields = value as Record<string, unknown>
  const { schema, hash, prunedAt } = fields
  if (schema !== runSchema && schema !== stubSchema)
    return bad(typeof schema === 'string' ? `schema "${schema}" is not ${runSchema}` : 'not a run record')
  const why = whyNoRun(fields)
  if (why !== undefined) return bad(why)
  const isStub = schema === stubSchema
  if (isStub) {
    if (!isHash(hash)) return bad('no valid hash of the record that was pruned')
    if (!isTime(prunedAt)) return bad('no valid time of pruning')
    if (fields['check'] !== checkOf(fields)) return bad('the stub was changed after it was written')
  }
  const { id, previous, previousId, kind, mode, scope, verdict, startedAt, endedAt, georepVersion } =
    fields as unknown as RunRecord
  // Of a record only this: a drill's ledger is long, and a folder may hold thousands.
  const summary = { id, previous, previousId, kind, mode, scope, verdict, startedAt, endedAt, georepVersion }
  const { scenario, clusters, rto, rpo } = fields
  const { status = 'completed', error } = fields as { readonly status?: RunStatus; readonly error?: unknown }
  const identity = isStub
    ? { hash: hash as string, prunedAt: prunedAt as string }
    : { hash: hashOf(bytes), prunedAt: undefined }
  return { kind: 'run', run: { ...summary, scenario, clusters, rto, rpo, status, error, ...identity } }
}

/** The text of the stub that takes a record's place. `check` shows a change of the stub itself: the next record's hash covers only what it stands for. */
export function stubText(run: RunSummary, prunedAt: string): string {
  const { id, previous, previousId, hash, ...rest } = run
  const fields = { schema: stubSchema, id, previous, previousId, hash, ...rest, prunedAt }
  return textOf({ ...fields, check: checkOf(fields) })
}

/** JSON with offsets (bigint) as decimal text, as every record's file is written. */
export function textOf(document: object): string {
  return `${JSON.stringify(document, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`
}

/** The hash by which the next record names this one. */
export function hashOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The name of a run's file, by which a folder is sorted by time. */
export function fileNameOf({ startedAt, id }: { readonly startedAt: string; readonly id: string }): string {
  return `${startedAt.slice(0, 19).replace(/[-:]/g, '')}Z-${id}.json`
}

/** What may be part of a file name. */
export function isRunId(id: string): boolean {
  return /^[a-z0-9]{1,64}$/.test(id)
}

export function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

function whyNoRun({ id, previous, previousId, kind, ...rest }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof id !== 'string' || !isRunId(id)) return 'no valid id'
  if (previous !== null && !isHash(previous)) return 'no valid hash of the previous record'
  const isIdThere = previousId !== undefined && previousId !== null
  if (isIdThere && (typeof previousId !== 'string' || !isRunId(previousId))) return 'no valid id of the previous record'
  if (!(runKinds as readonly unknown[]).includes(kind)) return 'unknown kind'
  const missing = ['mode', 'scope', 'verdict', 'georepVersion'].find((name) => typeof rest[name] !== 'string')
  if (missing !== undefined) return `no ${missing}`
  const { status } = rest
  if (status !== undefined && !(runStatuses as readonly unknown[]).includes(status)) return 'unknown status'
  if (!isTime(rest['startedAt']) || !isTime(rest['endedAt'])) return 'no valid times'
  return undefined
}

function checkOf({ check: _, ...fields }: Readonly<Record<string, unknown>>): string {
  return hashOf(JSON.stringify(fields))
}

function bad(why: string): Parsed {
  return { kind: 'bad', why }
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value))
}
