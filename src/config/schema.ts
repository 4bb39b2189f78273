import { z } from 'zod'
import { durationMsFromText } from '../core/duration.ts'
import type { Shape } from '../yaml/problems.ts'
import { isHostPort } from './host-port.ts'
import { isPlainHttpUrl } from '../core/http-url.ts'
import { clusterNamePattern } from './name-pattern.ts'
import { hasBadReference, hasReference } from './references.ts'

// The shape of georep.yaml. Unknown keys are errors: a misspelt one would otherwise be a setting that is silently not there.

/** Text that may hold `${env:NAME}` and `${file:PATH}`; what they stand for is read only when the value is used. */
const text = z
  .string()
  .min(1)
  .refine((value) => !hasBadReference(value), {
    // Without quoting it: what looks like a reference may be a part of a password.
    error: 'a ${...} that is neither ${env:NAME} nor ${file:PATH}; for a literal one write $${',
  })

const address = text.refine((value) => hasReference(value) || isHostPort(value), {
  error: 'expected host:port, such as kafka-east:9092 or [::1]:9092',
})

const durationMs = z.string().transform((value, context) => {
  const ms = durationMsFromText(value)
  if (ms === undefined || ms <= 0) {
    context.addIssue({ code: 'custom', message: 'expected a duration with a unit, such as 500ms, 30s, 5m or 2h' })
    return z.NEVER
  }
  return ms
})

const certificates = z.strictObject({
  ca: text.optional(),
  cert: text.optional(),
  key: text.optional(),
  keyPassword: text.optional(),
})

function requirePair(value: z.infer<typeof certificates>, context: z.RefinementCtx): void {
  if ((value.cert === undefined) === (value.key === undefined)) return
  context.addIssue({ code: 'custom', message: 'cert and key belong together: one of them is missing' })
}

const tls = certificates.extend({ skipHostnameCheck: z.boolean().optional() }).superRefine(requirePair)

const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const

const password = { username: text, password: text }

const oauth = z.strictObject({
  mechanism: z.literal('OAUTHBEARER'),
  tokenEndpoint: text,
  clientId: text,
  clientSecret: text,
  scope: text.optional(),
  extensions: z.record(z.string(), text).optional(),
  ca: text.optional(),
})

const sasl = z.discriminatedUnion(
  'mechanism',
  [z.strictObject({ mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']), ...password }), oauth],
  {
    error: `expected ${mechanisms.map((each) => `"${each}"`).join(' or ')}`,
  },
)

/** A URL whose path may be that of a proxy. What could hold a secret is no part of it: it is printed. */
const httpUrl = text.refine((value) => hasReference(value) || isPlainHttpUrl(value), {
  // Without quoting it: it may hold a password.
  error: 'expected http://host:port or https://host:port, without a user name, a query and a fragment',
})

const connect = z
  .strictObject({
    url: httpUrl,
    username: text.optional(),
    password: text.optional(),
    tls: certificates.superRefine(requirePair).optional(),
  })
  .superRefine((value, context) => {
    if ((value.username === undefined) === (value.password === undefined)) return
    context.addIssue({ code: 'custom', message: 'username and password belong together: one of them is missing' })
  })
  .superRefine(({ url, tls: given }, context) => {
    if (given === undefined || !url.startsWith('http:')) return
    context.addIssue({ code: 'custom', path: ['tls'], message: 'belongs to an https:// URL, and this one is http://' })
  })

const cluster = z
  .strictObject({
    bootstrap: z.array(address).min(1).optional(),
    region: z.string().min(1).optional(),
    properties: text.optional(),
    tls: tls.optional(),
    sasl: sasl.optional(),
    connect: connect.optional(),
  })
  .superRefine((value, context) => {
    if (value.properties === undefined) {
      if (value.bootstrap === undefined) context.addIssue({ code: 'invalid_type', expected: 'array', path: ['bootstrap'], input: undefined }) // prettier-ignore
      return
    }
    for (const key of ['tls', 'sasl'] as const) {
      // Which of the two would win nobody could tell by looking.
      if (value[key] !== undefined) context.addIssue({ code: 'custom', path: [key], message: 'belongs into the properties file, since there is one' }) // prettier-ignore
    }
  })

const defaults = z.strictObject({
  engine: z.enum(['embedded', 'mm2']).optional(),
  groups: z.array(z.string().min(1)).optional(),
})

const ownLag = z.strictObject({ lag: durationMs })

const objectives = z.strictObject({
  rto: durationMs.optional(),
  rpo: durationMs.optional(),
  rpoRecords: z.int().min(0).optional(),
  lag: durationMs.optional(),
  topics: z.record(z.string().regex(/^[a-zA-Z0-9._*?-]{1,249}$/), ownLag).optional(),
  groups: z.record(z.string().min(1), ownLag).optional(),
})

export const fileSchema = z.strictObject({
  clusters: z
    .record(z.string().regex(clusterNamePattern), cluster)
    .refine((value) => Object.keys(value).length > 0, { error: 'expected at least one cluster' }),
  defaults: defaults.optional(),
  objectives: objectives.optional(),
})
export type FileContent = z.infer<typeof fileSchema>
export type ClusterEntry = z.infer<typeof cluster>

export const fileShape: Shape = {
  knownKeys,
  badKey: (name, [top, of]) => {
    if (top !== 'objectives') return `"${name}" cannot name a cluster: lower case letters, digits, "-", "_" and ".", a letter or digit first` // prettier-ignore
    if (of === 'groups') return `"${name}" cannot name a consumer group`
    return `"${name}" cannot name a topic, or topics like orders-*: letters, digits, ".", "_" and "-", at most 249`
  },
  isDuration: ([top]) => top === 'objectives',
}

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const [top, , inCluster, inConnect] = path
  if (path.length === 0) return Object.keys(fileSchema.shape)
  if (top === 'defaults') return Object.keys(defaults.shape)
  if (top === 'objectives') return Object.keys(path.length === 1 ? objectives.shape : ownLag.shape)
  if (top === 'clusters' && path.length === 2) return Object.keys(cluster.shape)
  if (inConnect === 'tls') return Object.keys(certificates.shape)
  if (inCluster === 'connect') return Object.keys(connect.shape)
  if (inCluster === 'tls') return Object.keys(tls.shape)
  if (inCluster === 'sasl') return ['mechanism', ...Object.keys(password), ...Object.keys(oauth.shape)]
  return []
}
