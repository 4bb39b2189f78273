import type { Figure } from '../../support/figures.ts'

/** partition, sequence, scheduled (wall ms), outcome, offset, acknowledged (wall ms) */
export type LedgerRow = readonly [number, number, number, string, string | null, number | null]

/** What `georep drill -o json` prints, as far as the tests look at it. */
export interface DrillPrinted {
  readonly schema: string
  readonly data: {
    readonly id: string
    readonly verdict: string
    readonly scope: string
    readonly startedAt: string
    readonly faultAt: string
    readonly endedAt: string
    readonly clusters: Readonly<Record<'source' | 'destination', { readonly metadataVersion: number | null }>>
    readonly findings: readonly { readonly kind: string }[]
    readonly rto: Readonly<Record<'serviceMs' | 'writeMs' | 'readMs' | 'toolMs' | 'detectionMs', Figure>>
    readonly rpo: {
      readonly records: Figure
      readonly ms: Figure
      readonly acknowledged: number
      readonly unknownSends: { readonly absent: number }
      readonly perPartition: readonly { readonly partition: number; readonly lost: readonly number[] }[]
    }
    readonly duplicates: Figure
    readonly marks: Readonly<Record<string, Figure | undefined>>
    readonly otherMirrors: {
      readonly count: number
      readonly mirrors: readonly {
        readonly topic: string
        readonly reconciled: { readonly kind: string; readonly records: string | null }
      }[]
    }
    readonly splitBrain: { readonly acknowledgedAfterT5: number | null; readonly mirroredLate: number }
    readonly settings: { readonly probeEveryMs: number }
    readonly ledger: { readonly source: readonly LedgerRow[]; readonly destination: readonly LedgerRow[] }
  }
}
