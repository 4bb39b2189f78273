import { z } from 'zod'
import { nearest } from '../core/nearest.ts'
import type { Shape } from '../yaml/problems.ts'
import { drillSection, keysOfDrill, wrongInDrill } from './drill-section.ts'
import type { StepKind } from './kind.ts'
import { kindNamed, kinds } from './kinds.ts'
import { variableName } from './variables.ts'

// The shape of a runbook. Unknown keys are errors, as in georep.yaml. What a variable may stand for is refined and not a pattern: the schema for editors
// is of the file as it is written. A further section of the document is one more line in `sections`.

export const modes = ['planned', 'forced', 'practice'] as const
export type Mode = (typeof modes)[number]

/** What Kafka makes of a UUID: 16 bytes in base64 for URLs. */
const clusterId = z
  .string()
  .refine((id) => /^[A-Za-z0-9_-]{22}$/.test(id), { error: 'expected the id of a cluster, 22 characters' })
const cluster = z.strictObject({ id: clusterId })
const clusters = z
  .strictObject({ source: cluster.optional(), destination: cluster.optional() })
  .refine(({ source, destination }) => source === undefined || source.id !== destination?.id, {
    error: 'source and destination have the same id',
  })

const linkPattern = /^[a-z0-9][a-z0-9._-]*-[a-z0-9._-]+$/

const schemas = kinds.map(({ schema }) => schema) as unknown as readonly [z.ZodObject, ...z.ZodObject[]]
const step = z.discriminatedUnion('kind', schemas, { error: ({ input }) => unknownKind(input) })

/** The name of a variable without a default is one that has to be given. */
const variables = z.record(
  z.string().regex(variableName),
  z.strictObject({ description: z.string().min(1), default: z.string().optional() }),
)

const sections = {
  schema: z.literal('georep.runbook/1'),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, { error: 'expected lower case letters, digits and "-"' }),
  description: z.string().min(1),
  mode: z.enum(modes).optional(),
  variables: variables.optional(),
  link: z
    .string()
    .refine((name) => linkPattern.test(name), { error: 'expected the name of a link, <source>-<destination>' }),
  clusters: clusters.optional(),
  steps: z.array(step).min(1),
  rollback: z.array(step).optional(),
  drill: drillSection.optional(),
}

export const runbookSchema = z.strictObject(sections).superRefine(({ steps, rollback = [], drill }, context) => {
  const listed = steps.map(({ id, kind }) => ({ id: String(id), kind: String(kind) }))
  for (const { path, message } of drill === undefined ? [] : wrongInDrill(drill, listed)) context.addIssue({ code: 'custom', path: ['drill', ...path], message }) // prettier-ignore
  const seen = new Set<unknown>()
  for (const [section, list] of [['steps', steps], ['rollback', rollback]] as const) {
    for (const [index, { id, onFailure }] of list.entries()) {
      const path = (field: string): (string | number)[] => [section, index, field]
      if (seen.has(id)) context.addIssue({ code: 'custom', path: path('id'), message: 'another step has this id' })
      seen.add(id)
      if (onFailure !== 'rollback') continue
      if (section === 'rollback') context.addIssue({ code: 'custom', path: path('onFailure'), message: 'a step of the rollback cannot be rolled back' }) // prettier-ignore
      else if (rollback.length === 0) context.addIssue({ code: 'custom', path: path('onFailure'), message: 'there are no steps under "rollback"' }) // prettier-ignore
    }
  }
}) // prettier-ignore

/** What is read before variables are filled in. */
export const headSchema = z.looseObject({ variables: variables.optional() })

/** What is told of a runbook whose variables have no values. */
export const outlineSchema = z.looseObject({
  schema: sections.schema,
  name: sections.name,
  description: sections.description,
  mode: sections.mode,
  variables: sections.variables,
  link: z.string(),
  steps: z.array(z.looseObject({ id: z.string(), kind: z.string() })),
  rollback: z.array(z.looseObject({ id: z.string(), kind: z.string() })).optional(),
  drill: z.looseObject({ mode: drillSection.shape.mode }).optional(),
})
export type Outline = z.output<typeof outlineSchema>

export const runbookShape: Shape = {
  knownKeys: (path) => {
    const [top] = path
    if (path.length === 0) return Object.keys(sections)
    if (top === 'variables' && path.length === 2) return ['description', 'default']
    if (top === 'drill') return keysOfDrill(path.slice(1))
    if (top === 'clusters') return path.length === 1 ? ['source', 'destination'] : ['id']
    // Which kind of step it is the path does not say: what any of them has.
    return top === 'steps' || top === 'rollback' ? [...new Set(kinds.flatMap(fieldsOf))] : []
  },
  badKey: (name) => `"${name}" cannot name a variable: letters, digits, "_" and "-", a letter or "_" first`,
  isDuration: (path) =>
    ['timeout', 'for', 'max', 'maxAge', 'every', 'steady', 'hold', 'rto', 'rpo'].includes(String(path.at(-1))),
}

function fieldsOf({ schema }: StepKind): readonly string[] {
  return Object.keys(schema.shape)
}

function unknownKind(input: unknown): string {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return 'expected a step: a mapping with an id and a kind' // prettier-ignore
  const { kind } = input as { readonly kind?: unknown }
  if (typeof kind !== 'string' || kindNamed(kind) !== undefined) return 'expected the kind of a step'
  const meant = nearest(kind, kinds.map(({ name }) => name)) // prettier-ignore
  return `unknown kind of step "${kind}"${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`
}
