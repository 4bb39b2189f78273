import type { Objectives } from '../../core/verdict.ts'
import type { Response } from '../../drill/response.ts'
import type { Loss } from '../../drill/scenario.ts'
import type { DrillSite } from '../../drill/site.ts'

/** What a site's keeper hands over: where the drill takes place, how its source is lost and what is done then, and the objectives that the file sets. */
export interface OpenSite {
  readonly site: DrillSite
  readonly loss: Loss
  readonly respond: Response
  /** What the response has left for the record, beside the figures, as far as it came. */
  readonly record: () => Readonly<Record<string, unknown>>
  readonly objectives: Objectives
}
