import { describeMirrorBy } from '../describe-mirror.ts'
import type { Cancel, LinkTarget, MirrorDetail } from '../engine.ts'
import { mirrorConfigsFrom } from './mirror-configs.ts'
import { observeMirrors } from './observe.ts'

/** See `ReplicationEngine.describeMirror`. */
export async function describeMirror(
  target: LinkTarget,
  topic: string,
  options: Cancel,
): Promise<MirrorDetail | undefined> {
  const observe: Parameters<typeof describeMirrorBy>[0]['observe'] = async (record, isSourceReachable) =>
    (await observeMirrors(target, [record], isSourceReachable, { ...options, keepDenied: 'both' }))[0]
  return await describeMirrorBy({ observe, wanted: mirrorConfigsFrom }, target, topic, options)
}
