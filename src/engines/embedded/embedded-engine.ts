import type { ReplicationEngine } from '../engine.ts'
import { createLink, planLink } from './mirrors/create-link.ts'
import { createMirror } from './mirrors/create-mirror.ts'
import { alterLink, planLinkChange } from './mirrors/alter-link.ts'
import { planMirrorsChange } from '../settled-mirrors.ts'
import { alterMirrors } from './mirrors/alter-mirrors.ts'
import { deleteLink, planLinkDeletion } from './mirrors/delete-link.ts'
import { deleteMirror, planMirrorDeletion } from './mirrors/delete-mirror.ts'
import { describeMirror } from './mirrors/describe-mirror.ts'
import { failover, planFailover } from './switch/failover.ts'
import { fence, planFence } from '../fence-topics.ts'
import { forgetMirror } from '../forget-mirror.ts'
import { matchTopics } from './mirrors/match-topics.ts'
import { observeLink } from './mirrors/observe.ts'
import { promote } from './switch/promote.ts'
import { planPromote } from './switch/promote-plan.ts'
import { translate } from './translate.ts'
import { unfence } from './switch/unfence.ts'
import { run } from './run/run.ts'
import { linksBack } from './back/links-back.ts'
import { planReverse } from './back/reverse-plan.ts'
import { reverse } from './back/reverse.ts'
import { planRestore } from './back/restore-plan.ts'
import { restore } from './back/restore.ts'
import { planMirror } from './mirrors/plan-mirror.ts'
import { planRebuild } from './back/rebuild-plan.ts'
import { rebuild } from './back/rebuild.ts'

/** Offset-identical mirrors on stock Apache Kafka, carried by a georep runner. */
export const embeddedEngine: ReplicationEngine = {
  name: 'embedded',
  capabilities: { offsetMapping: 'identical', needsRunner: true, canReverse: true },
  planLink,
  createLink,
  planLinkChange,
  alterLink,
  planLinkDeletion,
  deleteLink,
  planMirror,
  createMirror,
  matchTopics,
  describeMirror,
  planMirrorsChange,
  alterMirrors,
  planMirrorDeletion,
  deleteMirror,
  observe: observeLink,
  translate,
  run,
  planFailover,
  failover,
  planPromote,
  promote,
  planFence,
  fence,
  unfence,
  linksBack,
  planReverse,
  reverse,
  planRestore,
  restore,
  planRebuild,
  rebuild,
  forgetMirror,
}
