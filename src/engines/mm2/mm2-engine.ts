import { GeorepError } from '../../core/errors.ts'
import type { ReplicationEngine } from '../engine.ts'
import { alterLink, planLinkChange } from './alter-link.ts'
import { createLink } from './create-link.ts'
import { deleteLink, planLinkDeletion } from './delete-link.ts'
import { observeLink } from './observe.ts'
import { planLink } from './plan-link.ts'

/** MirrorMaker 2 on a Kafka Connect cluster, which is driven through its REST interface and read through its internal topics. */
export const mm2Engine: ReplicationEngine = {
  name: 'mm2',
  capabilities: { offsetMapping: 'mapped', needsRunner: false },
  planLink,
  createLink,
  planLinkChange,
  alterLink,
  planLinkDeletion,
  deleteLink,
  planMirror: cannot('create mirrors'),
  createMirror: cannot('create mirrors'),
  matchTopics: cannot('match topics'),
  describeMirror: cannot('describe mirrors'),
  planMirrorsChange: cannot('alter mirrors'),
  alterMirrors: cannot('alter mirrors'),
  planMirrorDeletion: cannot('delete mirrors'),
  deleteMirror: cannot('delete mirrors'),
  observe: observeLink,
  translate: cannot('translate offsets'),
  run: cannot('run links: a Kafka Connect cluster carries them'),
  planFailover: cannot('fail over'),
  failover: cannot('fail over'),
  planPromote: cannot('promote'),
  promote: cannot('promote'),
  planFence: cannot('fence topics'),
  fence: cannot('fence topics'),
  unfence: cannot('unfence topics'),
  forgetMirror: cannot('forget mirrors'),
}

function cannot(what: string): () => Promise<never> {
  return async () => {
    await Promise.resolve()
    throw new GeorepError('unsupported', 'GR-ENGINE-CANNOT', `the engine mm2 does not ${what}`)
  }
}
