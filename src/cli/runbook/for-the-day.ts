import { GeorepError } from '../../core/errors.ts'
import type { Runbook } from '../../runbook/load.ts'
import { commandLine } from '../command-line.ts'

/** Steps that a drill confines to its canary would act on everything here. @throws GeorepError "refused" GR-RUNBOOK-OF-DRILL */
export function requireForTheDay({ drill, name }: Runbook, named: string): void {
  if (drill?.mode !== 'practice' && drill?.mode !== 'sandbox') return
  throw new GeorepError('refused', 'GR-RUNBOOK-OF-DRILL', `runbook "${name}" is for a ${drill.mode} drill: run like this, its steps would act on every mirror of the link`, {
    stateNow: 'nothing was changed, no cluster was contacted',
    next: commandLine({ config: undefined }, 'drill', 'run', named),
  }) // prettier-ignore
}
