import { clusterRight, groupRight, idRight, type Right, topicRight } from './acl.ts'
import { filledIn, type Subject } from './filled-rights.ts'
import { mm2Permissions, type Role, roles } from './mm2-permissions.ts'
import {
  actId,
  actsOnLink,
  canary,
  canaryGroup,
  destination,
  drillsOnSource,
  looksAtMirrors,
  namesHolders,
  type Need,
  optional,
  readsState,
  type Side,
  source,
  stateTopic,
} from './needs.ts'
import { carries, hidingId, keepsAsSource, runnerId } from './runner-needs.ts'

// What georep's principal must be permitted, verb by verb. docs/permissions.md is printed from it, the secured sandbox grants it, and a test takes
// each right away in turn. Only what is really asked for: Read, Write, Delete and Alter bring Describe along, AlterConfigs brings DescribeConfigs.

const looksAtLink = [
  ...looksAtMirrors,
  ...optional('source', topicRight('Read', stateTopic), 'where topics that match a pattern come from is not known'),
]
const makesMirrors = [
  ...source(topicRight('Read', '<topic>'), topicRight('DescribeConfigs', '<topic>')),
  ...actsOnLink,
  ...destination(
    topicRight('DescribeConfigs', stateTopic),
    topicRight('Create', '<mirror>'),
    topicRight('Describe', '<mirror>'),
  ),
]
/** Where a matching topic comes from is asked of the source's own links; a topic that may not be seen cannot be told from one that is not there. */
const makesMatching = [
  ...source(topicRight('DescribeConfigs', '<topic>'), topicRight('Read', stateTopic)),
  ...optional('source', topicRight('Read', '<topic>'), 'it is not seen, and not mirrored; that there may be such topics is said'), // prettier-ignore
  ...makesMirrors.filter(({ side }) => side === 'destination'),
]
/** Of a topic that goes back: on the old source, and where it is written to. */
const goesBack = source(
  topicRight('Read', stateTopic),
  topicRight('Write', stateTopic),
  idRight('Write', 'georep-act-<link back>'),
  topicRight('DescribeConfigs', stateTopic),
  topicRight('Read', '<topic>'),
  topicRight('AlterConfigs', '<topic>'),
)
const isWrittenTo = [
  ...actsOnLink,
  ...destination(topicRight('Read', '<mirror>'), topicRight('DescribeConfigs', '<mirror>'), clusterRight('Describe')),
  ...optional('destination', groupRight('Describe', '<group>'), 'it is named whether it has commits on the topics or not'), // prettier-ignore
]
/** Of links whose runner hides offsets in transactions. */
const endsHiding = optional('destination', idRight('Write', hidingId), 'where a runner has hidden offsets in transactions, one that no consumer sees may still be added to an opened topic, which is said') // prettier-ignore
const failsOver = [
  ...actsOnLink,
  ...destination(
    idRight('Write', runnerId),
    topicRight('Read', '<mirror>'),
    topicRight('AlterConfigs', '<mirror>'),
    clusterRight('Alter'),
  ),
  ...endsHiding,
]
const promotes = [
  ...source(topicRight('Read', '<topic>'), topicRight('DescribeConfigs', '<topic>'), groupRight('Describe', '<group>')),
  ...failsOver,
  ...destination(topicRight('DescribeConfigs', stateTopic), groupRight('Read', '<group>')),
]
/** Of `--salvage topic:<name>`: on the cluster that is written to. */
const savesIntoTopic = destination(
  topicRight('Create', '<salvage>'),
  topicRight('Read', '<salvage>'),
  topicRight('Write', '<salvage>'),
  topicRight('DescribeConfigs', '<salvage>'),
)
const rebuilds = [
  ...source(topicRight('Read', '<topic>'), topicRight('DescribeConfigs', '<topic>')),
  ...actsOnLink,
  ...destination(
    topicRight('DescribeConfigs', stateTopic),
    topicRight('Read', '<mirror>'),
    topicRight('DescribeConfigs', '<mirror>'),
    topicRight('Delete', '<mirror>'),
    topicRight('Create', '<mirror>'),
    clusterRight('Describe'),
  ),
  ...optional(
    'destination',
    groupRight('Describe', '<group>'),
    'whether it has a place on the mirror topic, which goes with it, is not known, and is said; while it is active there, it is refused',
  ),
]
const restores = [
  ...goesBack,
  ...source(topicRight('Delete', '<topic>'), topicRight('Create', '<topic>')),
  ...source(clusterRight('Describe'), groupRight('Describe', '<group>')),
  ...optional('source', clusterRight('Alter'), 'an old source cannot be fenced by ACLs, and what is does not come back'), // prettier-ignore
  ...isWrittenTo,
]
const takesOff = [
  ...actsOnLink,
  ...destination(topicRight('Describe', '<mirror>'), topicRight('AlterConfigs', '<mirror>')),
]
/** Both sides of the groups, as `exposure` and what prints its figures look at them. */
const looksAtGroups = [
  ...source(clusterRight('Describe'), groupRight('Describe', '<group>')),
  ...destination(clusterRight('Describe'), groupRight('Describe', '<group>')),
]
/** Of one cluster, be it part of a link or not: whether a link's runner carries the groups is asked of the state topic, which need not be there. */
const looksAtPlaces = [
  ...readsState,
  ...destination(clusterRight('Describe'), topicRight('Describe', '<mirror>'), groupRight('Describe', '<group>')),
]
const movesPlaces = [
  ...readsState,
  ...destination(
    clusterRight('Describe'),
    topicRight('Read', '<mirror>'),
    groupRight('Read', '<group>'),
    idRight('Write', 'georep-offsets-*'),
  ),
]
const clamps = [
  ...actsOnLink,
  ...destination(clusterRight('Describe'), topicRight('Read', '<mirror>'), groupRight('Read', '<group>')),
]
/** Of links that end on the source, and protect their mirrors there. */
const readsDenials = optional('source', topicRight('Read', stateTopic), "a denial that protects a mirror there is taken for an operator's") // prettier-ignore

export const permissions = {
  'link create': [
    ...destination(topicRight('Create', stateTopic)),
    ...actsOnLink,
    ...optional('destination', clusterRight('Describe'), 'whether the fence is permitted is not known'),
  ],
  'link adopt': [
    ...destination(topicRight('Create', stateTopic)),
    ...actsOnLink,
    ...optional('source', topicRight('Describe', '<topic>'), 'no mirror of it is written down, which is said'),
    ...optional('destination', topicRight('Describe', '<mirror>'), 'no mirror of it is written down, which is said'),
  ],
  'link run': [...carries, ...keepsAsSource.all, ...keepsAsSource.mirrors],
  'link run, for patterns': [
    ...carries,
    ...source(topicRight('DescribeConfigs', '<topic>'), topicRight('Read', stateTopic)),
    ...destination(
      idRight('Write', actId),
      topicRight('DescribeConfigs', stateTopic),
      topicRight('Create', '<mirror>'),
    ),
    ...keepsAsSource.mirrors,
  ],
  'link list': [...source(topicRight('Read', stateTopic)), ...looksAtMirrors],
  'link describe': [
    ...looksAtLink,
    ...optional('destination', clusterRight('Describe'), 'who else may write to mirrors is not known'),
  ],
  'link pause': actsOnLink,
  'link resume': actsOnLink,
  'link alter': actsOnLink,
  'link alter --protect acl': [...actsOnLink, ...destination(clusterRight('Describe'))],
  'link delete': [...actsOnLink, ...destination(idRight('Write', runnerId))],
  'link delete --with-mirrors': [...takesOff, ...destination(idRight('Write', runnerId))],
  'mirror create': makesMirrors,
  'mirror create <pattern>': makesMatching,
  'mirror list': looksAtLink,
  'mirror describe': [
    ...source(topicRight('DescribeConfigs', '<topic>'), topicRight('Describe', '<topic>')),
    ...readsState,
    ...destination(
      topicRight('DescribeConfigs', stateTopic),
      topicRight('DescribeConfigs', '<mirror>'),
      topicRight('Describe', '<mirror>'),
    ),
  ],
  'mirror pause': actsOnLink,
  'mirror resume': actsOnLink,
  'mirror delete': takesOff,
  'mirror delete --with-topic': [
    ...source(topicRight('Read', '<topic>')),
    ...actsOnLink,
    ...destination(topicRight('Read', '<mirror>'), topicRight('Delete', '<mirror>')),
  ],
  'mirror rebuild': rebuilds,
  'mirror rebuild --salvage topic:<name>': [...rebuilds, ...savesIntoTopic],
  'mirror reverse': [
    ...goesBack,
    ...optional('source', clusterRight('Alter'), 'what is fenced by ACLs does not go back'),
    ...isWrittenTo,
  ],
  'mirror restore': restores,
  'mirror restore --salvage topic:<name>': [...restores, ...savesIntoTopic],
  'mirror promote': [...source(clusterRight('Describe')), ...promotes],
  'mirror promote --fence acl': [...source(clusterRight('Alter')), ...promotes],
  'mirror unfence': [...source(clusterRight('Alter')), ...actsOnLink],
  'mirror failover': [
    ...failsOver,
    ...optional('source', topicRight('Describe', '<topic>'), 'the loss is counted against what a runner knew last'),
    ...optional(
      'source',
      topicRight('Read', '<topic>'),
      'a dry run does not know the bytes and the age of what would be lost',
    ),
    ...looksAtGroups.map((need) => ({ ...need, without: 'a dry run does not know which groups would read again' })),
  ],
  'acl list': [
    ...source(clusterRight('Describe')),
    ...readsDenials,
    ...readsState,
    ...destination(clusterRight('Describe')),
  ],
  'acl sync': [
    ...source(clusterRight('Describe')),
    ...readsDenials,
    ...actsOnLink,
    ...destination(clusterRight('Alter')),
  ],
  lag: [
    ...looksAtLink,
    ...source(clusterRight('Describe'), groupRight('Describe', '<group>')),
    ...optional('source', topicRight('Read', '<topic>'), 'seconds are not known, nor who holds a mirror back'),
    ...namesHolders,
    ...looksAtGroups
      .filter(({ side }) => side === 'destination')
      .map((need) => ({ ...need, without: 'where groups would be --after-failover is not known' })),
  ],
  exposure: [
    ...looksAtLink,
    ...looksAtGroups,
    ...optional('source', topicRight('Read', '<topic>'), 'bytes and ages are not known'),
  ],
  'offset show': [...looksAtLink, ...looksAtGroups],
  'offset clamp': looksAtPlaces,
  'offset clamp --apply': clamps,
  'offset reset': looksAtPlaces,
  'offset reset --apply': movesPlaces,
  'offset import': looksAtPlaces,
  'offset import --apply': movesPlaces,
  'offset export': [
    ...destination(clusterRight('Describe'), groupRight('Describe', '<group>')),
    ...optional('destination', topicRight('Describe', '<mirror>'), 'what is committed on it is left out, unseen'),
  ],
  'offset apply': movesPlaces,
  // And what undoes it.
  'offset apply, of offset clamp': clamps,
  'offset rollback': [
    ...movesPlaces,
    ...optional(
      'destination',
      groupRight('Delete', '<group>'),
      'it is refused where a commit has to be taken away, because there was none before',
    ),
  ],
  'offset translate': [
    ...source(clusterRight('Describe'), groupRight('Describe', '<group>'), topicRight('Describe', '<topic>')),
    ...readsState,
    ...destination(topicRight('Describe', '<mirror>')),
  ],
  'offset translate --verify': [
    ...source(clusterRight('Describe'), groupRight('Describe', '<group>'), topicRight('Read', '<topic>')),
    ...readsState,
    ...destination(topicRight('Read', '<mirror>')),
  ],
  // No link, and no state topic: what is called `<mirror>` is the copy.
  'offset translate --by timestamp': [
    ...source(clusterRight('Describe'), groupRight('Describe', '<group>'), topicRight('Read', '<topic>')),
    ...destination(topicRight('Read', '<mirror>')),
  ],
  drill: [
    ...drillsOnSource,
    ...actsOnLink,
    ...destination(
      topicRight('DescribeConfigs', stateTopic),
      topicRight('Describe', '<mirror>'),
      idRight('Write', runnerId),
      topicRight('Create', canary),
      topicRight('Read', canary),
      topicRight('Write', canary),
      topicRight('AlterConfigs', canary),
      topicRight('Delete', canary),
      groupRight('Read', canaryGroup),
      groupRight('Delete', canaryGroup),
      clusterRight('Alter'),
    ),
    ...endsHiding,
  ],
  'runbook plan': readsState,
  'runbook run': actsOnLink,
  'runbook resume': actsOnLink,
  'runbook abort': actsOnLink,
  // Steps that are no verbs; what the verbs of runbooks need themselves is not said again.
  'step check.lag': [
    ...source(topicRight('Describe', '<topic>')),
    ...optional('source', topicRight('Read', '<topic>'), 'only mirrors with nothing left to carry pass'),
    ...destination(topicRight('Describe', '<mirror>')),
  ],
  'step check.clock-skew': destination(topicRight('Write', stateTopic)),
  'step check.groups': [...source(clusterRight('Describe')), ...destination(clusterRight('Describe'))],
  'step offset.apply': destination(
    clusterRight('Describe'),
    topicRight('Read', '<mirror>'),
    groupRight('Read', '<group>'),
  ),
  'step verify.equal': [...source(topicRight('Read', '<topic>')), ...destination(topicRight('Read', '<mirror>'))],
  'step verify.read': destination(topicRight('Read', '<mirror>')),
  'step verify.refuse': source(clusterRight('Describe'), topicRight('Describe', '<topic>')),
  'step verify.write': destination(topicRight('Read', '<mirror>'), topicRight('Write', '<mirror>')),
  'cluster list': [],
  'cluster describe': [],
} as const satisfies Readonly<Record<string, readonly Need[]>>

export type Verb = keyof typeof permissions
export const verbs = Object.keys(permissions) as readonly Verb[]
/** Those that need something else on a link of mm2. */
export const mm2Verbs = Object.keys(mm2Permissions) as readonly (keyof typeof mm2Permissions & Verb)[]
export type Engine = 'embedded' | 'mm2'

/** @param engine what carries the link: rows that are no others for MirrorMaker 2 are the same for both */
export function needsOf(of: Verb | Role, engine: Engine = 'embedded'): readonly Need[] {
  if (of in roles) return roles[of as Role]
  const verb = of as Verb
  const own: Readonly<Partial<Record<Verb, readonly Need[]>>> = engine === 'mm2' ? mm2Permissions : {}
  return own[verb] ?? permissions[verb]
}

/** The rights of some verbs on one side, for what a link carries; each once. */
export function rightsFor(
  which: readonly (Verb | Role)[],
  side: Side,
  subject: Subject,
  { isOptionalLeftOut = false }: { readonly isOptionalLeftOut?: boolean } = {},
): readonly Right[] {
  const rights = which
    .flatMap((one) => needsOf(one, subject.connect === undefined ? 'embedded' : 'mm2'))
    .filter((need) => need.side === side && !(isOptionalLeftOut && need.without !== undefined))
    .flatMap(({ right }) => filledIn(right, subject))
  return [...new Map(rights.map((right) => [keyOf(right), right])).values()]
}

function keyOf({ operation, resource }: Right): string {
  return `${operation}/${resource.type}/${resource.type === 'cluster' ? '' : resource.name}`
}
