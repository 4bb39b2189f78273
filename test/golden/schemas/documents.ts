import { z } from 'zod'
import { aclResourceTypes, boundOperations } from '../../../src/core/acl-binding.ts'
import type { SeriesFigures } from '../../../src/core/drill-series.ts'
import { mirrorStateNames } from '../../../src/core/mirror-state.ts'

// The shape of every document that georep prints with -o json: what docs/schemas is made from. Additive changes only: a field is added here and there,
// never taken away, renamed, or given another type; that takes the next number.

/** An offset or a count of records: 2^53 is reachable. */
const decimal = z.string().regex(/^-?\d+$/)
const time = z.iso.datetime()
const clusterRef = z.object({ name: z.string(), clusterId: z.string() })
/** With the level of its `metadata.version`: null without KRaft, or when it did not say; runs of runbooks do not have it. */
const clusterOfRun = clusterRef.extend({ metadataVersion: z.number().nullable().optional() })
const clusterTold = clusterRef.extend({ bootstrap: z.array(z.string()) })
const outcome = z.enum(['applied', 'unchanged', 'refused', 'failed', 'unknown', 'pending', 'incomplete'])

/** A measured figure; value is null when it is not known, and why says why. */
const figure = z.object({
  value: z.number().nullable(),
  error: z.number().nullable(),
  unit: z.string(),
  why: z.string().nullable(),
})

/** Records that were, or would be, lost. */
const lossKind = z.enum(['exact', 'atLeast', 'atMost', 'unknown'])
const lossInDrill = z.object({ kind: lossKind, records: decimal.nullable() })
const loss = lossInDrill.extend({ why: z.string().nullable() })
const seen = z.object({ isCurrent: z.boolean(), at: time.nullable(), ageMs: z.number().nullable() })

/** Of the next record that is not mirrored, or not read. */
const lagAge = z.object({
  lagMs: z.number().nullable(),
  method: z.enum(['exact', 'approx', 'est']).nullable(),
  isFuture: z.boolean(),
  isLogAppendTime: z.boolean(),
})

/** A count between two bounds; one that says nothing is null. */
const bounds = z.object({
  kind: z.enum(['exact', 'atLeast', 'atMost', 'between', 'unknown']),
  atLeast: decimal.nullable(),
  atMost: decimal.nullable(),
})
/** Where a group would go on after a failover now. */
const afterFailover = z.object({
  status: z.enum(['OK', 'REREADS', 'SKIPS', 'PAST_END', 'STALE', 'UNKNOWN']),
  at: decimal.nullable(),
  lag: decimal.nullable(),
  rereads: bounds,
  skips: bounds,
  why: z.string().nullable(),
})
const sideOfGroup = z.object({
  state: z.string().nullable(),
  committed: decimal.nullable(),
  logStart: decimal.nullable(),
  logEnd: decimal.nullable(),
  why: z.string().nullable(),
})
const planAct = z.enum(['reset', 'import', 'clamp', 'translate', 'undo'])
/** Null: nothing is committed. */
const plannedCommit = z.object({ offset: decimal, metadata: z.string().optional() }).nullable()
const missingAge = z.object({
  kind: lossKind,
  ms: z.number().nullable(),
  why: z.string().nullable(),
})

/** Keys that a mirror may have kept though its source has deleted them. */
const missedTombstones = z.object({ since: time.nullable(), until: time, keptMs: z.number().nullable() })
const missedOfMirror = z.object({ link: z.string(), topic: z.string() }).extend(missedTombstones.shape)

/** What would be lost of one link, and read again. */
const exposure = z.object({
  link: z.string(),
  source: z.object({ name: z.string(), isReachable: z.boolean(), refusal: z.string().nullable() }),
  sourceSeen: seen,
  mirrors: z.number(),
  records: loss,
  lostAlready: loss,
  /** Of the batches as they are stored; `about` is estimated. */
  bytes: z.object({
    kind: lossKind,
    bytes: decimal.nullable(),
    about: decimal.nullable(),
    why: z.string().nullable(),
  }),
  age: missingAge,
  oldest: z
    .object({
      topic: z.string(),
      partition: z.number(),
      offset: decimal,
      at: time.nullable(),
      method: lagAge.shape.method.unwrap(),
      isFuture: z.boolean(),
      isLogAppendTime: z.boolean(),
    })
    .nullable(),
  partitions: z.array(
    z.object({
      topic: z.string(),
      partition: z.number(),
      sourceEnd: decimal.nullable(),
      mirrored: decimal.nullable(),
      records: loss,
      lostAlready: loss,
      age: missingAge,
    }),
  ),
  rereads: bounds,
  skips: bounds,
  groups: z.array(
    z.object({
      group: z.string(),
      sourceState: z.string().nullable(),
      destinationState: z.string().nullable(),
      rereads: bounds,
      skips: bounds,
      status: afterFailover.shape.status,
      why: z.string().nullable(),
      partitions: z.number(),
    }),
  ),
  groupsSeen: z.number(),
  missedTombstones: z.array(missedOfMirror),
  unknown: z.array(z.object({ what: z.string(), why: z.string() })),
})

/** A record that was compared with one of another cluster. */
const recordSeen = z.object({
  offset: decimal,
  timestampMs: z.number(),
  isLogAppendTime: z.boolean(),
  hash: z.string(),
})

/** What it is held to, where a limit was asked for. */
const lagLimit = z.object({
  limitMs: z.number().nullable(),
  objective: z.string().nullable(),
  verdict: z.enum(['within', 'over', 'unknown']).nullable(),
})

const runner = z.object({ host: z.string(), pid: z.number(), since: time })
const unknownCluster = z.object({ cluster: z.string(), why: z.string() })
const unknownLink = z.object({ link: z.string(), why: z.string() })
const unmirrored = z.object({ link: z.string(), topic: z.string(), why: z.string() })
const pattern = z.object({
  link: z.string(),
  pattern: z.string(),
  prefix: z.string(),
  isAutoCreate: z.boolean(),
  except: z.array(z.string()),
})
const setting = z.object({
  name: z.string(),
  fate: z.enum(['copied', 'overridden', 'deferred', 'skipped']),
  value: z.string().nullable(),
  why: z.string().nullable(),
})

const mirror = z.object({
  link: z.string(),
  topic: z.string(),
  sourceTopic: z.string(),
  partitions: z.number(),
  state: z.string(),
  reason: z.string().nullable(),
  lag: loss.nullable(),
  sourceSeen: seen,
  missedTombstones: missedTombstones.nullable(),
})

const told = z.object({ at: time.nullable(), ageMs: z.number().nullable(), why: z.string().nullable() })
const connectorTask = z.object({ id: z.number(), state: z.string(), worker: z.string(), why: z.string().nullable() })
const connect = z.object({
  url: z.string(),
  version: z.string().nullable(),
  why: z.string().nullable(),
  isExactlyOnce: z.boolean().nullable(),
  connectors: z.array(
    z.object({
      role: z.string(),
      name: z.string(),
      state: z.string().nullable(),
      worker: z.string().nullable(),
      why: z.string().nullable(),
      tasks: z.array(connectorTask),
    }),
  ),
  heartbeat: told,
  dataPath: told.extend({ isProven: z.boolean() }),
  checkpoint: told,
  groupSyncMs: z.number().nullable(),
  warnings: z.array(z.string()),
})

const link = z.object({
  link: z.string(),
  engine: z.string(),
  source: clusterRef.extend({ isReachable: z.boolean().nullable(), refusal: z.string().nullable() }),
  destination: clusterRef,
  state: z.string().nullable(),
  runner: runner.nullable(),
  groups: z.array(z.string()),
  patterns: z.array(pattern),
  unmirrored: z.array(unmirrored).nullable(),
  pausedAt: time.nullable(),
  throttleBytesPerSecond: z.number().nullable(),
  syncConfigsExclude: z.array(z.string()),
  syncedAt: time.nullable(),
  syncAcls: z
    .object({ resources: z.array(z.string()), syncedAt: time.nullable(), unsynced: z.array(z.string()).nullable() })
    .nullable(),
  protect: z
    .object({
      principal: z.string().nullable(),
      unprotected: z.array(z.object({ topic: z.string(), why: z.string() })).nullable(),
      mirrors: z.number().nullable(),
      why: z.array(z.string()),
      stillDenied: z.array(z.string()),
    })
    .nullable(),
  leftGroups: z.object({ groups: z.array(z.string()), count: z.number(), at: time }).nullable(),
  createdAt: time,
  mirrors: z.array(mirror).nullable(),
  lag: loss.nullable(),
  connect: connect.nullable(),
})

const status = z.enum(['completed', 'failed', 'aborted', 'interrupted', 'incomplete'])
const hash = z.string().regex(/^([0-9a-f]{64}|<hash>)$/)

/** What every run has, whatever its kind. */
const run = z.object({
  id: z.string(),
  kind: z.enum(['drill', 'runbook']),
  mode: z.string(),
  scope: z.string(),
  status: status.optional(),
  verdict: z.string(),
  startedAt: time,
  endedAt: time,
})
/** Absent in what a drill prints itself: it has no place in the chain before it is saved. */
const inChain = { previous: hash.nullable().optional(), previousId: z.string().nullable().optional() }

const runbookMode = z.enum(['planned', 'forced', 'practice'])
const drillMode = z.enum(['practice', 'planned', 'forced', 'sandbox'])

/** A step of a runbook as a run has left it; outcome null when it was not come to, begun when nobody knows how it ended. */
const runStep = z.object({
  id: z.string(),
  kind: z.string(),
  does: z.string(),
  section: z.enum(['steps', 'rollback']),
  outcome: z.enum(['ok', 'skipped', 'fail', 'unknown', 'begun']).nullable(),
  attempts: z.number(),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  what: z.string().nullable(),
})

const comparedRun = z.object({
  id: z.string(),
  scope: z.string(),
  scenario: z.string().nullable(),
  status,
  verdict: z.string(),
  startedAt: time,
  endedAt: time,
})

const figures = z.record(z.string(), z.unknown())

/** A cluster that answers; on the cluster list it may be null. */
const clusterAnswer = z.object({
  clusterId: z.string(),
  mode: z.enum(['kraft', 'zookeeper']),
  metadataVersion: z.number().nullable(),
  controllerId: z.number().nullable(),
  brokers: z.array(z.object({ id: z.number(), host: z.string(), port: z.number(), rack: z.string().nullable() })),
  hasAuthorizer: z.boolean(),
})

/** Whether the runner does so by now; null when it was not waited for. */
const obedience = z.enum(['obeyed', 'noRunner', 'notYet']).nullable()
/** To whom georep denies Write on mirrors that are to be opened. */
const denied = z.object({
  topics: z.array(z.object({ topic: z.string(), principals: z.array(z.string()) })),
  isPermitted: z.boolean(),
  commands: z.array(z.string()),
})
const outcomeOrPlan = z.enum([...outcome.options, 'planned'])
const brokerState = z.enum(['up', 'down', 'paused'])

const sasl = z.union([
  z.object({ mechanism: z.string(), username: z.string(), password: z.string() }),
  z.object({
    mechanism: z.literal('OAUTHBEARER'),
    tokenEndpoint: z.string(),
    clientId: z.string(),
    clientSecret: z.string(),
    scope: z.string().nullable(),
    extensions: z.array(z.string()),
    ca: z.string().nullable(),
  }),
])

const distribution = z.object({
  unit: z.string(),
  min: z.number().nullable(),
  median: z.number().nullable(),
  p90: z.number().nullable(),
  max: z.number().nullable(),
  error: z.number().nullable(),
  known: z.number(),
  unknown: z.number(),
})
function seriesFigures<T extends z.ZodType>(one: T): z.ZodObject<Record<keyof SeriesFigures<unknown>, T>> {
  return z.object({
    rtoServiceMs: one,
    rtoWriteMs: one,
    rtoReadMs: one,
    detectionMs: one,
    toolMs: one,
    rpoRecords: one,
    rpoMs: one,
    readAgain: one,
  })
}

const aclResource = z.object({
  type: z.enum(aclResourceTypes),
  name: z.string(),
  pattern: z.enum(['literal', 'prefixed']),
})
const aclBinding = z.object({
  resource: aclResource,
  principal: z.string(),
  host: z.string(),
  operation: z.enum(boundOperations),
  permission: z.enum(['Allow', 'Deny']),
})
/** The ACLs of a link on both sides. */
const acls = z.object({
  link: z.string(),
  source: clusterTold,
  destination: clusterTold,
  /** While the source does not answer: when it was written down. */
  sourceSeen: seen,
  acls: z.array(
    z.object({
      fate: z.enum(['same', 'create', 'engine', 'held', 'left', 'delete', 'beyond']),
      principal: z.string(),
      host: z.string(),
      permission: z.enum(['Allow', 'Deny']),
      operation: z.enum(boundOperations),
      /** Null of what is on the destination alone. */
      source: aclResource.nullable(),
      /** Null of what is not copied. */
      destination: aclResource.nullable(),
      /** Who has put it on the destination; null: somebody else, or it is not there. */
      madeBy: z.enum(['georep', 'perhaps']).nullable(),
      /** Null where the engine copies none by itself, or the source was not seen. */
      engine: z.object({ does: z.enum(['copies', 'leavesOut', 'unknown']), why: z.string().nullable() }).nullable(),
      outcome: outcomeOrPlan.nullable(),
      why: z.string().nullable(),
    }),
  ),
  outside: z.object({ source: z.number(), destination: z.number() }),
  notUnderstood: z.object({ source: z.array(z.string()), destination: z.array(z.string()) }),
  engine: z.string().nullable(),
})

export const documents = {
  'georep.error/1': z.object({
    code: z.string().regex(/^GR-[A-Z0-9-]+$/),
    kind: z.string(),
    message: z.string(),
    stateNow: z.string().nullable(),
    data: z.string().nullable(),
    next: z.string().nullable(),
  }),
  'georep.config-validate/1': z.object({
    file: z.string(),
    by: z.enum(['--config', 'GEOREP_CONFIG', 'search']),
    isValid: z.literal(true),
    clusters: z.array(z.string()),
  }),
  'georep.history/1': z.object({
    folder: z.string(),
    runs: z.array(
      run.extend({
        status,
        rto: figures.nullable(),
        rpo: figures.nullable(),
        prunedAt: time.nullable(),
        file: z.string(),
        chainProblem: z.string().nullable(),
      }),
    ),
    unreadable: z.array(z.object({ file: z.string(), why: z.string() })),
  }),
  'georep.history-verify/1': z.object({
    checked: z.string(),
    intact: z.boolean().nullable(),
    records: z.number(),
    pruned: z.number(),
    first: z.string().nullable(),
    newest: z.string().nullable(),
    isNewestNamed: z.boolean(),
    problems: z.array(z.object({ id: z.string().nullable(), file: z.string(), problem: z.string() })),
  }),
  'georep.history-prune/1': z.object({
    folder: z.string(),
    dryRun: z.boolean(),
    pruned: z.array(z.string()),
    kept: z.number(),
    stubsBefore: z.number(),
  }),
  'georep.run/1': run.extend({
    georepVersion: z.string(),
    ...inChain,
    operator: z.string().optional(),
    error: z
      .object({ code: z.string(), message: z.string(), stateNow: z.string().nullable(), data: z.string().nullable() })
      .optional(),
    clusters: z.object({ source: clusterOfRun, destination: clusterOfRun }).optional(),
    /** Of runs of a runbook. */
    runbook: z.object({ name: z.string(), file: z.string(), hash, run: z.string(), journal: z.string() }).optional(),
    variables: z.record(z.string(), z.string()).optional(),
    steps: z.array(runStep).optional(),
    approvals: z.array(z.object({ step: z.string(), at: time.nullable(), how: z.string().nullable() })).optional(),
    scenario: z.string().optional(),
    /** When the fault struck, by the observer's wall clock. */
    faultAt: time.nullable().optional(),
    series: z.object({ run: z.number(), of: z.number(), seed: z.string() }).optional(),
    findings: z.array(z.looseObject({ kind: z.string() })).optional(),
    objectives: z
      .object({ rtoMs: z.number().nullable(), rpoMs: z.number().nullable(), rpoRecords: z.number().nullable() })
      .optional(),
    rto: z
      .object({
        serviceMs: figure,
        writeMs: figure,
        readMs: figure,
        toolMs: figure,
        humanMs: figure,
        withoutHumanMs: figure.optional(),
        detectionMs: figure,
        scope: z.string(),
      })
      .optional(),
    rpo: z.looseObject({ records: figure, ms: figure, acknowledged: z.number(), lostAtLeast: z.number() }).optional(),
    duplicates: figure.optional(),
    duplicatesPerPartition: z.unknown().optional(),
    group: z.unknown().optional(),
    marks: z.record(z.string(), figure.extend({ means: z.string() })).optional(),
    canary: z.unknown().optional(),
    otherMirrors: z
      .object({
        count: z.number(),
        loss: lossInDrill,
        reconciled: lossInDrill.optional(),
        mirrors: z
          .array(
            z.object({
              topic: z.string(),
              loss: lossInDrill,
              atFault: lossInDrill,
              reconciled: lossInDrill,
              why: z.string().nullable(),
            }),
          )
          .optional(),
      })
      .optional(),
    splitBrain: z
      .object({
        acknowledgedAfterT5: z.number().nullable(),
        mirroredLate: z.number().nullable(),
        sourceCameBackMs: figure,
      })
      .optional(),
    lag: z
      .object({
        beforeFault: figure,
        worstBeforeFault: figure,
        atFailover: figure,
        samples: z.array(z.tuple([z.number(), z.number().nullable()])),
      })
      .optional(),
    clocks: z.object({ source: figure, destination: figure }).optional(),
    observer: z.object({ loopDelayP99Ms: figure }).optional(),
    probes: z.array(z.unknown()).optional(),
    settings: z.record(z.string(), z.unknown()).optional(),
    ledger: z.object({ source: z.array(z.array(z.unknown())), destination: z.array(z.array(z.unknown())) }).optional(),
  }),
  'georep.runbooks/1': z.object({
    runbooks: z.array(
      z.object({
        name: z.string(),
        mode: runbookMode,
        /** The mode of the drill that it describes. */
        drill: drillMode.nullable(),
        description: z.string(),
        variables: z.array(z.string()),
        file: z.string(),
      }),
    ),
  }),
  'georep.runbook-show/1': z.object({
    name: z.string(),
    file: z.string(),
    mode: runbookMode,
    description: z.string(),
    link: z.string(),
    /** As it is written, with variables that have no values. */
    drill: z.looseObject({ mode: drillMode }).nullable(),
    variables: z.array(z.object({ name: z.string(), description: z.string(), default: z.string().nullable() })),
    steps: z.array(z.object({ id: z.string(), kind: z.string() })),
    rollback: z.array(z.object({ id: z.string(), kind: z.string() })),
  }),
  'georep.runbook-validate/1': z.object({
    file: z.string(),
    name: z.string(),
    link: z.string(),
    mode: runbookMode,
    hash,
    isValid: z.literal(true),
    drill: drillMode.nullable(),
    steps: z.number(),
    rollback: z.number(),
  }),
  'georep.runbook-plan/1': z.object({
    runbook: z.string(),
    hash,
    mode: runbookMode,
    link: z.string(),
    source: clusterTold,
    destination: clusterTold,
    verdict: z.enum(['clear', 'blocked', 'unknown']),
    steps: z.array(
      z.object({
        id: z.string(),
        kind: z.string(),
        status: z.enum(['done', 'wouldDo', 'blocked', 'unknown', 'later']),
        does: z.string(),
        what: z.string(),
        onFailure: z.enum(['abort', 'continue', 'rollback']),
      }),
    ),
  }),
  'georep.drill-series/1': z.object({
    mode: z.string(),
    scenario: z.string(),
    seed: z.string(),
    verdict: z.string(),
    figures: seriesFigures(distribution),
    runs: z.array(
      z.object({
        id: z.string().nullable(),
        verdict: z.string(),
        error: z.string().nullable(),
        figures: seriesFigures(figure).nullable(),
      }),
    ),
  }),
  'georep.drill-compare/1': z.object({
    mode: z.string(),
    a: comparedRun,
    b: comparedRun,
    figures: z.array(
      z.object({
        name: z.string(),
        a: figure,
        b: figure,
        /** b − a, with the error of both together. */
        difference: figure,
        /** Null when it is not known of both. */
        isBeyondError: z.boolean().nullable(),
      }),
    ),
    notes: z.array(z.string()),
  }),
  'georep.drill-due/1': z.object({
    folder: z.string(),
    everyMs: z.number(),
    link: z.string().nullable(),
    /** Null: every mode but sandbox. */
    mode: z.string().nullable(),
    verdict: z.enum(['done', 'due', 'unknown']),
    why: z.string().nullable(),
    last: z
      .object({
        id: z.string(),
        mode: z.string(),
        scope: z.string(),
        endedAt: time,
        ageMs: z.number().nullable(),
      })
      .nullable(),
    dueAt: time.nullable(),
    sandboxLeftOut: z.number(),
    problems: z.array(z.object({ id: z.string().nullable(), file: z.string(), problem: z.string() })),
  }),
  'georep.run-stub/1': run.extend({
    georepVersion: z.string(),
    ...inChain,
    hash,
    status,
    scenario: z.string().optional(),
    clusters: z.object({ source: clusterOfRun, destination: clusterOfRun }).optional(),
    rto: figures.optional(),
    rpo: figures.optional(),
    error: z.unknown().optional(),
    prunedAt: time,
  }),
  'georep.mirror-create/1': z.object({
    link: z.string(),
    isDryRun: z.boolean(),
    patterns: z.array(
      pattern.omit({ link: true, except: true }).extend({
        outcome: outcomeOrPlan,
        why: z.string().nullable(),
        mirrored: z.number(),
        leftOut: z.array(z.string()),
      }),
    ),
    mirrors: z.array(
      z.object({
        topic: z.string(),
        sourceTopic: z.string(),
        outcome: outcomeOrPlan,
        why: z.string().nullable(),
        partitions: z.number().nullable(),
        replicationFactor: z.number().nullable(),
        recordsToCopy: decimal.nullable(),
        hidden: z
          .object({
            offsets: bounds.extend({ about: decimal.nullable() }),
            bytes: decimal.nullable(),
            isWhole: z.boolean(),
            unknown: z.array(z.object({ partition: z.number(), offset: decimal.nullable(), why: z.string() })),
          })
          .nullable(),
        settings: z.array(setting),
      }),
    ),
  }),
  'georep.offset-clamp/1': z.object({
    link: z.string(),
    phase: z.string(),
    destination: clusterTold,
    groups: z.array(
      z.object({
        group: z.string(),
        outcome: z.string(),
        why: z.string().nullable(),
        compared: z.number(),
        changes: z.array(
          z.object({
            topic: z.string(),
            partition: z.number(),
            committed: decimal.nullable(),
            logStart: decimal,
            logEnd: decimal,
            to: decimal,
            effect: z.string(),
          }),
        ),
      }),
    ),
    leftOut: z.array(z.string()),
    /** Why it is not all known where groups stood on the source, so that commits are moved into the logs only. */
    untold: z.string().nullable(),
    /** Why groups are moved on to where the engine last wrote down that they stood, and when that was, of the oldest. */
    lastTold: z.object({ why: z.string(), oldest: time }).nullable(),
  }),
  'georep.offset-export/1': z.object({
    cluster: z.string(),
    clusterId: z.string(),
    exportedAt: time,
    offsets: z.array(
      z.object({ group: z.string(), topic: z.string(), partition: z.number(), offset: decimal, metadata: z.string() }),
    ),
  }),
  /** What `mirror restore --salvage` leaves beside the records of a topic; lines of the files are described in docs/failback.md. */
  'georep.salvage/1': z.object({
    link: z.string(),
    cluster: clusterRef,
    topic: z.string(),
    topicId: z.string(),
    writtenAt: time,
    /** Null until the records were read again and found equal to the cluster. */
    verifiedAt: time.nullable(),
    /** The topic that has the records; null where the files have them. */
    recordsIn: z.string().nullable(),
    partitions: z.array(
      z.object({
        partition: z.number(),
        from: decimal,
        to: decimal,
        records: decimal.nullable(),
        sha256: z.string().nullable(),
        /** Null where a topic has them. */
        file: z.string().nullable(),
      }),
    ),
  }),
  'georep.salvage-topic/1': z.object({
    cluster: z.string(),
    clusterId: z.string(),
    topic: z.string(),
    topicId: z.string(),
    settings: z.record(z.string(), z.string()),
    /** On the topic's name; null where the cluster has no authorizer. */
    acls: z.array(aclBinding).nullable(),
  }),
  'georep.offset-moves/1': z.object({
    act: planAct,
    phase: z.enum(['planned', 'done']),
    cluster: clusterTold,
    link: z.string().nullable(),
    /** Files. */
    plan: z.string().nullable(),
    undo: z.string().nullable(),
    groups: z.array(
      z.object({
        group: z.string(),
        outcome: z.enum(['movable', ...outcome.options]),
        why: z.string().nullable(),
        moves: z.number(),
        /** In offsets. Null where all that is known is a plan from a file. */
        rereads: decimal.nullable(),
        skips: decimal.nullable(),
      }),
    ),
    moves: z.array(
      z.object({
        group: z.string(),
        topic: z.string(),
        partition: z.number(),
        /** Null: nothing is committed. */
        from: decimal.nullable(),
        to: decimal.nullable(),
        effect: z.enum(['none', 'rereads', 'skips', 'intoTheLog', 'forgets']).nullable(),
        records: decimal.nullable(),
      }),
    ),
  }),
  /** A file, and closed by a hash of all that stands before it. */
  'georep.offset-plan/1': z.object({
    id: z.string(),
    act: planAct,
    cluster: clusterRef,
    link: z.string().nullable(),
    createdAt: time,
    createdBy: z.string(),
    expiresAt: time.nullable(),
    maySkip: z.boolean(),
    topics: z.array(z.object({ topic: z.string(), topicId: z.string(), partitions: z.number() })),
    groups: z.array(
      z.object({
        group: z.string(),
        moves: z.array(z.object({ topic: z.string(), partition: z.number(), from: plannedCommit, to: plannedCommit })),
      }),
    ),
  }),
  'georep.offset-show/1': z.object({
    offsets: z.array(
      z.object({
        link: z.string(),
        group: z.string(),
        topic: z.string(),
        mirrorTopic: z.string(),
        partition: z.number(),
        source: sideOfGroup,
        destination: sideOfGroup,
        /** Null of a mirror that is stopped. */
        afterFailover: afterFailover.nullable(),
        isSourceReachable: z.boolean(),
        sourceSeen: seen,
        status: z.enum([...afterFailover.shape.status.options, 'STOPPED']),
      }),
    ),
    unknownGroups: z.array(
      z.object({
        link: z.string(),
        side: z.enum(['source', 'destination']),
        group: z.string().nullable(),
        why: z.string(),
      }),
    ),
    unknownLinks: z.array(unknownLink),
    unasked: z.array(unknownCluster),
  }),
  'georep.exposure/1': z.object({
    links: z.array(exposure),
    unknownLinks: z.array(unknownLink),
    unasked: z.array(unknownCluster),
  }),
  'georep.offset-translate/1': z.object({
    link: z.string().nullable(),
    by: z.enum(['mapping', 'timestamp']),
    source: z.string(),
    destination: z.string(),
    isVerified: z.boolean(),
    isBesideCheckpoints: z.boolean(),
    translations: z.array(
      z.object({
        group: z.string().nullable(),
        sourceTopic: z.string(),
        topic: z.string().nullable(),
        partition: z.number(),
        from: decimal,
        to: decimal.nullable(),
        exactness: z.enum(['exact', 'bounded', 'unknown']),
        exactBy: z.enum(['mapping', 'record', 'recordBefore', 'end', 'start']).nullable(),
        reread: decimal.nullable(),
        why: z.string().nullable(),
        checkpoint: z
          .object({ from: decimal, to: decimal, at: time, reread: decimal.nullable(), skipped: decimal.nullable() })
          .nullable(),
        differing: z.object({ source: recordSeen, destination: recordSeen }).nullable(),
      }),
    ),
    unknownGroups: z.array(z.object({ group: z.string().nullable(), why: z.string() })),
  }),
  'georep.mirrors/1': z.object({
    mirrors: z.array(mirror),
    patterns: z.array(pattern),
    unmirrored: z.array(unmirrored),
    unknownLinks: z.array(unknownLink),
    unasked: z.array(unknownCluster),
  }),
  'georep.mirror/1': mirror.extend({
    sourceTopicId: z.string(),
    mirrorTopicId: z.string().nullable(),
    isTopicMade: z.boolean(),
    createdAt: time,
    since: time.nullable(),
    positions: z.array(
      z.object({
        partition: z.number(),
        sourceEnd: decimal.nullable(),
        isSourceEndCurrent: z.boolean().nullable(),
        mirrored: decimal.nullable(),
        lag: decimal.nullable(),
        lagKind: lossKind.nullable(),
      }),
    ),
    settings: z.array(setting.extend({ fate: z.enum([...setting.shape.fate.options, 'own']) })).nullable(),
    isSourceCompared: z.boolean(),
    settingsWhy: z.string().nullable(),
    unsynced: z.array(z.string()),
    syncedAt: time.nullable(),
  }),
  'georep.mirror-delete/1': z.object({
    link: z.string(),
    isDryRun: z.boolean(),
    mirrors: z.array(
      z.object({
        name: z.string(),
        kind: z.string(),
        outcome: z.string(),
        why: z.string().nullable(),
        state: z.string().nullable(),
        topicRecords: decimal.nullable(),
        leftOutOf: z.string().nullable(),
      }),
    ),
  }),
  'georep.lag/1': z.object({
    observedAt: time,
    sourceEndIs: z.literal('highWatermark'),
    groupEndIs: z.enum(['highWatermark', 'lastStableOffset']),
    partitions: z.array(
      lagAge.extend(lagLimit.shape).extend({
        link: z.string(),
        topic: z.string(),
        partition: z.number(),
        sourceEnd: decimal.nullable(),
        mirrored: decimal.nullable(),
        lag: decimal.nullable(),
        lagKind: lossKind.nullable(),
        sourceSeen: seen,
        status: z.enum(['OK', 'LAGGING', 'PAUSED', 'AHEAD', 'STALE', 'FAILED', 'STOPPED', 'UNKNOWN']),
        why: z.string().nullable(),
      }),
    ),
    /** By open transactions on the source. */
    heldBack: z.array(
      z.object({
        link: z.string(),
        topic: z.string(),
        partition: z.number(),
        stableEnd: decimal.nullable(),
        producerId: decimal.nullable(),
        producerEpoch: z.number().nullable(),
        firstOffset: decimal.nullable(),
        since: time.nullable(),
        ageMs: z.number().nullable(),
        transactionalId: z.string().nullable(),
        transactionState: z.string().nullable(),
        transactionStartedAt: time.nullable(),
        transactionTimeoutMs: z.number().nullable(),
        next: z.string().nullable(),
        why: z.string().nullable(),
      }),
    ),
    missedTombstones: z.array(missedOfMirror),
    /** Null when they were not asked for. */
    groups: z
      .array(
        lagAge.extend(lagLimit.shape).extend({
          link: z.string(),
          group: z.string(),
          topic: z.string(),
          partition: z.number(),
          committed: decimal.nullable(),
          logStart: decimal.nullable(),
          logEnd: decimal.nullable(),
          lag: decimal.nullable(),
          sourceSeen: seen,
          status: z.string(),
          why: z.string().nullable(),
          /** With --after-failover only. */
          afterFailover: afterFailover.nullable().optional(),
        }),
      )
      .nullable(),
    /** How many `--top` left out of each. */
    leftOut: z.object({ partitions: z.number(), groups: z.number() }),
    unknownGroups: z.array(z.object({ link: z.string(), group: z.string().nullable(), why: z.string() })),
    unknownLinks: z.array(unknownLink),
    unasked: z.array(unknownCluster),
    gate: z
      .object({
        verdict: z.enum(['within', 'over', 'unknown']),
        /** Null when each has its own objective. */
        limitMs: z.number().nullable(),
        over: z.array(
          z.object({ what: z.string(), lagMs: z.number(), limitMs: z.number(), objective: z.string().nullable() }),
        ),
        unknown: z.array(z.object({ what: z.string(), why: z.string() })),
        counted: z.number(),
        unlimited: z.number(),
      })
      .nullable(),
  }),
  'georep.links/1': z.object({ links: z.array(link), unasked: z.array(unknownCluster) }),
  'georep.link/1': link,
  'georep.link-create/1': z.object({
    link: z.string(),
    outcome: z.string(),
    engine: z.string(),
    source: clusterTold,
    destination: clusterTold,
    groups: z.array(z.string()),
    throttleBytesPerSecond: z.number().nullable(),
    syncConfigsExclude: z.array(z.string()),
    syncAcls: z.object({ resources: z.array(z.string()) }).nullable(),
    protect: z.object({ principal: z.string() }).nullable(),
    fence: z.string(),
    connect: z
      .object({
        url: z.string(),
        version: z.string(),
        isExactlyOnce: z.boolean(),
        connectors: z.array(
          z.object({
            role: z.string(),
            name: z.string(),
            does: z.string(),
            kept: z.array(z.string()),
            replaced: z.array(z.string()),
            config: z.record(z.string(), z.string()),
          }),
        ),
      })
      .nullable(),
    next: z.string(),
  }),
  'georep.link-adopt/1': z.object({
    link: z.string(),
    outcome: z.string(),
    source: clusterTold,
    destination: clusterTold,
    groups: z.array(z.string()),
    connectUrl: z.string(),
    connectors: z.array(z.object({ role: z.string(), name: z.string() })),
    mirrors: z.array(z.object({ topic: z.string(), sourceTopic: z.string(), partitions: z.number() })),
    differences: z.array(
      z.object({ connector: z.string(), key: z.string(), is: z.string().nullable(), wouldBe: z.string() }),
    ),
    warnings: z.array(z.string()),
    next: z.string(),
  }),
  'georep.mirror-failover/1': z.object({
    link: z.string(),
    phase: z.string(),
    source: clusterTold.extend({ isReachable: z.boolean(), refusal: z.string().nullable(), isFenced: z.boolean() }),
    destination: clusterTold,
    fence: z.string(),
    estimatedLoss: loss,
    /** Of a dry run. */
    exposure: exposure.nullable().optional(),
    mirrors: z.array(mirror),
    denied: denied.nullable(),
    refusals: z.array(z.unknown()),
    results: z
      .array(
        z.object({
          topic: z.string(),
          outcome,
          why: z.string().nullable(),
          ends: z.array(decimal).nullable(),
          loss,
        }),
      )
      .nullable(),
    next: z.string(),
  }),
  'georep.cluster/1': clusterAnswer.extend({
    name: z.string(),
    bootstrap: z.array(z.string()),
    principal: z.string().nullable(),
    rights: z.array(z.string()).nullable(),
    verbs: z.array(
      z.object({
        verb: z.string(),
        side: z.enum(['source', 'destination']),
        lacks: z.array(z.object({ right: z.string(), grant: z.string() })),
        unknown: z.array(z.string()),
      }),
    ),
  }),
  'georep.clusters/1': z.object({
    clusters: z.array(
      z.object({
        name: z.string(),
        region: z.string().nullable(),
        bootstrap: z.array(z.string()),
        answer: clusterAnswer.nullable(),
        why: z.string().nullable(),
      }),
    ),
  }),
  'georep.config/1': z.object({
    file: z.string(),
    by: z.enum(['--config', 'GEOREP_CONFIG', 'search']),
    clusters: z.array(
      z.object({
        name: z.string(),
        from: z.string(),
        bootstrap: z.array(z.string()),
        region: z.string().nullable(),
        properties: z.object({ file: z.string(), ignored: z.array(z.string()) }).nullable(),
        tls: z
          .object({
            ca: z.string().nullable(),
            cert: z.string().nullable(),
            key: z.string().nullable(),
            skipHostnameCheck: z.boolean(),
          })
          .nullable(),
        sasl: sasl.nullable(),
        connect: z
          .object({
            url: z.string(),
            username: z.string().nullable(),
            password: z.string().nullable(),
            ca: z.string().nullable(),
            cert: z.string().nullable(),
            key: z.string().nullable(),
          })
          .nullable(),
      }),
    ),
    settings: z.array(
      z.object({
        name: z.string(),
        value: z.union([z.string(), z.array(z.string()), z.number()]).nullable(),
        from: z.string(),
      }),
    ),
  }),
  'georep.health/1': z.object({
    link: z.string(),
    role: z.enum(['starting', 'standby', 'leader']),
    isHealthy: z.boolean(),
    why: z.string().nullable(),
  }),
  'georep.sandbox/1': z.object({
    /** Of `sandbox up` alone. */
    outcome: z.enum(['started', 'restarted', 'unchanged']).optional(),
    name: z.string(),
    config: z.string(),
    clusters: z.array(
      z.object({
        name: z.string(),
        state: z.enum([...brokerState.options, 'degraded']),
        brokers: z.array(z.object({ nodeId: z.number(), state: brokerState })),
        bootstrap: z.array(z.string()),
        wanBootstrap: z.array(z.string()),
        region: z.string(),
        clusterId: z.string(),
        pids: z.array(z.number()),
        logs: z.array(z.string()),
      }),
    ),
    wan: z
      .object({
        state: z.enum(['up', 'cut', 'down']),
        roundTripMs: z.number(),
        bytesPerSecond: z.number().nullable(),
      })
      .nullable(),
    connect: z
      .object({
        cluster: z.string(),
        isExactlyOnce: z.boolean(),
        workers: z.array(
          z.object({
            id: z.number(),
            state: brokerState,
            url: z.string(),
            pids: z.array(z.number()),
            log: z.string(),
          }),
        ),
      })
      .nullable(),
  }),
  'georep.sandbox-cut/1': z.object({
    name: z.string(),
    act: z.enum(['cut', 'heal']),
    outcome: z.enum(['unchanged', 'planned', 'applied']),
  }),
  'georep.sandbox-down/1': z.object({ name: z.string(), outcome: z.enum(['removed', 'unchanged']) }),
  'georep.sandbox-fault/1': z.object({
    name: z.string(),
    fault: z.enum(['kill', 'pause', 'resume']),
    cluster: z.string(),
    broker: z.number().nullable(),
    pids: z.array(z.number()),
    outcome: z.enum(['planned', 'applied']),
  }),
  'georep.link-change/1': z.object({
    link: z.string(),
    change: z.string(),
    outcome: outcomeOrPlan,
    why: z.string().nullable(),
    details: z.array(z.string()),
    runner: obedience,
    next: z.string(),
  }),
  'georep.link-delete/1': z.object({
    link: z.string(),
    outcome: z.enum(['planned', 'applied']),
    destination: clusterTold,
    mirrors: z.array(z.object({ topic: z.string(), state: z.string() })),
    connectors: z.array(z.object({ name: z.string(), fate: z.enum(['deleted', 'left']) })),
    blockers: z.array(z.string()),
    next: z.string(),
  }),
  'georep.mirror-change/1': z.object({
    link: z.string(),
    change: z.enum(['pause', 'resume']),
    mirrors: z.array(
      z.object({ topic: z.string(), outcome: outcomeOrPlan, why: z.string().nullable(), runner: obedience }),
    ),
  }),
  'georep.acl-list/1': acls,
  'georep.acl-sync/1': acls,
  'georep.mirror-unfence/1': z.object({
    link: z.string(),
    topics: z.array(
      z.object({
        topic: z.string(),
        how: z.enum(['acl', 'hook']).nullable(),
        since: time.nullable(),
        outcome: outcomeOrPlan,
        why: z.string().nullable(),
      }),
    ),
  }),
  'georep.mirror-reverse/1': z.object({
    link: z.string(),
    /** The link that goes the other way. */
    onto: z.string(),
    phase: z.enum(['planned', 'done']),
    promoted: clusterTold,
    old: clusterTold,
    runner: runner.nullable(),
    topics: z.array(
      z.object({
        topic: z.string(),
        mirrorTopic: z.string(),
        outcome: outcomeOrPlan,
        why: z.string().nullable(),
        partitions: z.array(
          z.object({
            partition: z.number(),
            stoppedAt: decimal,
            oldEnd: decimal.nullable(),
            promotedEnd: decimal.nullable(),
          }),
        ),
        toCarry: decimal.nullable(),
        settings: z.array(z.object({ name: z.string(), was: z.string().nullable(), value: z.string() })),
        fence: z.enum(['acl', 'hook']).nullable(),
      }),
    ),
    groups: z.array(z.object({ group: z.string(), isActive: z.boolean(), isCarried: z.boolean() })),
    warnings: z.array(z.string()),
    next: z.string(),
  }),
  'georep.mirror-restore/1': z.object({
    link: z.string(),
    /** The link that goes the other way. */
    onto: z.string(),
    phase: z.enum(['planned', 'done']),
    promoted: clusterTold,
    old: clusterTold,
    runner: runner.nullable(),
    salvage: z.string().nullable(),
    history: z.enum(['full', 'delta']),
    topics: z.array(
      z.object({
        topic: z.string(),
        mirrorTopic: z.string(),
        outcome: outcomeOrPlan,
        why: z.string().nullable(),
        how: z.enum(['goOn', 'replace', 'finish']).nullable(),
        partitions: z.array(
          z.object({
            partition: z.number(),
            stoppedAt: decimal,
            oldEnd: decimal.nullable(),
            promotedEnd: decimal.nullable(),
            neverArrived: decimal,
            gone: decimal,
            saved: decimal.nullable(),
          }),
        ),
        settings: z.array(z.object({ name: z.string(), was: z.string().nullable(), value: z.string() })),
        fence: z.enum(['acl', 'hook']).nullable(),
      }),
    ),
    groups: z.array(z.object({ group: z.string(), isActive: z.boolean(), isCarried: z.boolean() })),
    warnings: z.array(z.string()),
    next: z.string(),
  }),
  'georep.mirror-rebuild/1': z.object({
    link: z.string(),
    phase: z.enum(['planned', 'done']),
    source: clusterTold,
    destination: clusterTold,
    runner: runner.nullable(),
    salvage: z.string().nullable(),
    /** What the mirrors alone hold is let go of. */
    isDiscarding: z.boolean(),
    topics: z.array(
      z.object({
        topic: z.string(),
        sourceTopic: z.string(),
        outcome: outcomeOrPlan,
        why: z.string().nullable(),
        state: z.enum(mirrorStateNames).nullable(),
        failure: z.string().nullable(),
        how: z.enum(['replace', 'make']).nullable(),
        made: z.object({ partitions: z.number(), replicationFactor: z.number(), recordsToCopy: decimal }).nullable(),
        partitions: z.array(
          z.object({
            partition: z.number(),
            mirrorStart: decimal,
            mirrorEnd: decimal,
            sourceStart: decimal,
            sourceEnd: decimal,
            alone: decimal,
            saved: decimal.nullable(),
          }),
        ),
        settings: z.array(z.object({ name: z.string(), value: z.string() })),
        groups: z.array(z.object({ group: z.string(), isActive: z.boolean(), isCarried: z.boolean() })),
      }),
    ),
    warnings: z.array(z.string()),
    next: z.string(),
  }),
  'georep.mirror-promote/1': z.object({
    link: z.string(),
    phase: z.enum(['planned', 'done']),
    source: clusterTold.extend({ isReachable: z.boolean() }),
    destination: clusterTold,
    runner: runner.nullable(),
    /** Where it is no runner that carries them. */
    carriedBy: z.string().nullable().optional(),
    fence: z.enum(['permitted', 'notPermitted', 'unknown', 'byConnect']),
    sourceFence: z.object({
      how: z.enum(['acl', 'hook', 'none']),
      steps: z.array(z.string()),
      warnings: z.array(z.string()),
    }),
    lag: loss,
    mirrors: z.array(mirror),
    producers: z.array(z.object({ topic: z.string(), known: z.number(), openTransactions: z.number() })),
    groups: z.array(z.object({ group: z.string(), isActive: z.boolean() })),
    denied: denied.nullable(),
    blockers: z.array(z.string()),
    /** Null when it was only planned; so is groupOffsets. */
    results: z
      .array(
        z.object({
          topic: z.string(),
          outcome,
          why: z.string().nullable(),
          ends: z.array(decimal).nullable(),
          sourceEnds: z.array(decimal).nullable(),
          missing: loss,
        }),
      )
      .nullable(),
    groupOffsets: z
      .object({
        copied: z.array(z.string()),
        activeOnSource: z.array(z.string()),
        activeOnDestination: z.array(z.string()),
      })
      .nullable(),
    next: z.string(),
  }),
} satisfies Record<string, z.ZodType>
