import type { StepKind } from './kind.ts'
import { approve } from './kinds/approve.ts'
import { checkClockSkew } from './kinds/check-clock-skew.ts'
import { checkGroups } from './kinds/check-groups.ts'
import { checkHealth } from './kinds/check-health.ts'
import { checkLag } from './kinds/check-lag.ts'
import { checkPermission } from './kinds/check-permission.ts'
import { dns } from './kinds/dns.ts'
import { exec } from './kinds/exec.ts'
import { fence } from './kinds/fence.ts'
import { groupWaitIdle } from './kinds/group-wait-idle.ts'
import { mirrorFailover } from './kinds/mirror-failover.ts'
import { mirrorPromote } from './kinds/mirror-promote.ts'
import { mirrorRestore } from './kinds/mirror-restore.ts'
import { mirrorReverse } from './kinds/mirror-reverse.ts'
import { offsetApply } from './kinds/offset-apply.ts'
import { offsetClamp } from './kinds/offset-clamp.ts'
import { unfence } from './kinds/unfence.ts'
import { verifyEqual } from './kinds/verify-equal.ts'
import { verifyRead } from './kinds/verify-read.ts'
import { verifyRefuse } from './kinds/verify-refuse.ts'
import { verifyWrite } from './kinds/verify-write.ts'
import { wait } from './kinds/wait.ts'

/** Every kind of step that there is. */
export const kinds: readonly StepKind[] = [
  checkLag,
  checkHealth,
  checkPermission,
  checkClockSkew,
  checkGroups,
  fence,
  unfence,
  mirrorPromote,
  mirrorFailover,
  mirrorReverse,
  mirrorRestore,
  offsetClamp,
  offsetApply,
  groupWaitIdle,
  wait,
  approve,
  exec,
  dns,
  verifyWrite,
  verifyRead,
  verifyRefuse,
  verifyEqual,
]

export function kindNamed(name: string): StepKind | undefined {
  return kinds.find((kind) => kind.name === name)
}
