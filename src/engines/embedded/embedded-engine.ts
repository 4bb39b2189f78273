import type { ReplicationEngine } from '../engine.ts'
import { createLink, planLink } from './create-link.ts'
import { createMirror } from './create-mirror.ts'
import { alterLink, planLinkChange } from './alter-link.ts'
import { planMirrorsChange } from '../settled-mirrors.ts'
import { alterMirrors } from './alter-mirrors.ts'
import { deleteLink, planLinkDeletion } from './delete-link.ts'
import { deleteMirror, planMirrorDeletion } from './delete-mirror.ts'
import { describeMirror } from './describe-mirror.ts'
import { failover, planFailover } from './failover.ts'
import { fence, planFence } from '../fence-topics.ts'
import { forgetMirror } from '../forget-mirror.ts'
import { matchTopics } from './match-topics.ts'
import { observeLink } from './observe.ts'
import { promote } from './promote.ts'
import { planPromote } from './promote-plan.ts'
import { translate } from './translate.ts'
import { unfence } from './unfence.ts'
import { run } from './run.ts'
import { linksBack } from './links-back.ts'
import { planReverse } from './reverse-plan.ts'
import { reverse } from './reverse.ts'
import { planRestore } from './restore-plan.ts'
import { restore } from './restore.ts'
import { planMirror } from './plan-mirror.ts'
import { planRebuild } from './rebuild-plan.ts'
import { rebuild } from './rebuild.ts'

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
