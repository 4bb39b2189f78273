import { z } from 'zod'

// What Kafka Connect's REST interface answers, as far as georep reads it. What is new in it is passed over.

export const rootAnswer = z
  .object({ version: z.string(), kafka_cluster_id: z.string() })
  .transform(({ version, kafka_cluster_id: kafkaClusterId }) => ({ version, kafkaClusterId }))

export const pluginsAnswer = z.array(
  z
    .object({ class: z.string(), type: z.string().optional(), version: z.string().nullish() })
    .transform(({ class: className, type, version }) => ({ className, type, version: version ?? undefined })),
)

export const namesAnswer = z.array(z.string())

/** A key without a value is as one that is not there. */
const config = z
  .record(z.string(), z.string().nullable())
  .transform((all) => Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null))) // prettier-ignore

export const connectorAnswer = z
  .object({ name: z.string(), config, tasks: z.array(z.object({ task: z.int().nonnegative() })) })
  .transform(({ name, config: found, tasks }) => ({ name, config: found, tasks: tasks.map(({ task }) => task) }))

export const tasksAnswer = z
  .array(z.object({ id: z.object({ task: z.int().nonnegative() }), config }))
  .transform((tasks) => tasks.map(({ id: { task }, config: found }) => ({ task, config: found })))

export const states = ['UNASSIGNED', 'RUNNING', 'PAUSED', 'STOPPED', 'FAILED', 'DESTROYED', 'RESTARTING'] as const
/** `UNKNOWN`: one that came into Kafka Connect later. */
export type ConnectState = (typeof states)[number] | 'UNKNOWN'

const state = z.string().transform((text): ConnectState => states.find((known) => known === text) ?? 'UNKNOWN')

const running = { state, worker_id: z.string(), trace: z.string().nullish() }

export const statusAnswer = z
  .object({
    name: z.string(),
    connector: z.object(running),
    tasks: z.array(z.object({ id: z.int().nonnegative(), ...running })),
  })
  .transform(({ name, connector, tasks }) => ({
    name,
    connector: runningOf(connector),
    tasks: tasks.map((task) => ({ id: task.id, ...runningOf(task) })),
  }))

function runningOf({ state: found, worker_id: workerId, trace }: z.output<z.ZodObject<typeof running>>): {
  readonly state: ConnectState
  readonly workerId: string
  readonly trace: string | undefined
} {
  return { state: found, workerId, trace: trace ?? undefined }
}

/** Numbers that JSON has and JavaScript would round are refused: they are positions. */
const exact = z.unknown().refine((value) => typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value)) // prettier-ignore

const fields = z.record(z.string(), exact)

export const offsetsAnswer = z
  .object({ offsets: z.array(z.object({ partition: fields, offset: fields.nullable() })) })
  .transform(({ offsets }) => offsets)

export const validationAnswer = z
  .object({
    error_count: z.int().nonnegative(),
    configs: z.array(z.object({ value: z.object({ name: z.string(), errors: z.array(z.string()) }) })),
  })
  .transform(({ error_count: count, configs }) => ({
    count,
    fields: configs.map(({ value: { name: field, errors } }) => ({ field, errors })).filter(({ errors }) => errors.length > 0), // prettier-ignore
  }))
  // An answer that counts more than it tells would leave what is wrong unsaid.
  .refine(({ count, fields: wrong }) => (count === 0) === (wrong.length === 0))
  .transform(({ fields: wrong }) => wrong)

export const namedAnswer = z.object({ name: z.string() })

export const messageAnswer = z.object({ message: z.string() })

/** An error as Connect itself sends it: what stands before it (a proxy, another server) writes something else. */
export const errorAnswer = z.object({ error_code: z.int(), message: z.string() })

/** Undefined for text that is no JSON, or another. */
export function parsed<T>(schema: z.ZodType<T>, text: string): T | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const result = schema.safeParse(value)
  return result.success ? result.data : undefined
}
