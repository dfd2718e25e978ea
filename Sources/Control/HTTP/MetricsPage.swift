internal import Audit

/// The metrics of every pipeline of the process. Labels are names from pipeline files and the source's table names;
/// never a value of a row.
struct MetricsPage {
    /// One value for each pipeline, sink or table.
    private typealias Samples = [(labels: [(String, String)], value: Double?)]

    let reports: [StatusReport]
    /// The last audit of each pipeline that was audited.
    var audits: [AuditReport] = []
    let verdicts: [String: Bool]
    /// The memory that the process occupies, in bytes.
    let residentBytes: Int?

    /// The page's text.
    var text: String {
        var page = PrometheusText()
        addPipelines(to: &page)
        addSources(to: &page)
        addSinks(to: &page)
        addLags(to: &page)
        addSnapshots(to: &page)
        addAudits(to: &page)
        page.add(
            "process_resident_memory_bytes", .gauge, "Memory that the process occupies.",
            [([], residentBytes.map { Double($0) })])
        return page.text
    }

    private func addPipelines(to page: inout PrometheusText) {
        page.add(
            "millrace_pipeline_healthy", .gauge, "1 while the pipeline makes progress.",
            perPipeline { verdicts[$0.pipeline].map { $0 ? 1 : 0 } })
        page.add(
            "millrace_pipeline_phase", .gauge, "1 for the phase that the pipeline is in.",
            reports.map { ([("pipeline", $0.pipeline), ("phase", $0.phase)], 1) })
        page.add(
            "millrace_pipeline_caught_up", .gauge,
            "1 while every sink has checkpointed all that the source's log holds.",
            perPipeline { $0.caughtUp ? 1 : 0 })
        page.add(
            "millrace_pipeline_start_time_seconds", .gauge, "When the pipeline was started, since 1970.",
            perPipeline { Self.seconds($0.startedAtUs) })
        page.add(
            "millrace_parked_waiting", .gauge, "Parked changes in the store that wait to be replayed or discarded.",
            perPipeline { $0.parkedWaiting.map { Double($0) } })
    }

    private func addSources(to page: inout PrometheusText) {
        page.add(
            "millrace_source_transactions_total", .counter, "Transactions received.",
            perPipeline { Double($0.source.transactions) })
        page.add(
            "millrace_source_changes_total", .counter, "Changes received from the stream.",
            perPipeline { Double($0.source.changes) })
        page.add(
            "millrace_source_bytes_total", .counter, "Bytes of row values received from the stream.",
            perPipeline { Double($0.source.bytes) })
        page.add(
            "millrace_source_lag_bytes", .gauge, "How far the acknowledged position is behind the head of the log.",
            perPipeline { $0.source.lagBytes.map { Double($0) } })
        page.add(
            "millrace_source_retained_bytes", .gauge, "Log that the source keeps for the pipeline (its slot's WAL).",
            perPipeline { $0.source.retainedBytes.map { Double($0) } })
        page.add(
            "millrace_source_retained_bytes_max", .gauge,
            "Log that the source keeps at the most, where it has a limit.",
            perPipeline { $0.source.retainedBytesMax.map { Double($0) } })
        page.add(
            "millrace_source_last_commit_age_seconds", .gauge, "Age of the last transaction that was received.",
            perPipeline { Self.age(of: $0.source.lastCommitAtUs, at: $0.atUs) })
    }

    private func addSinks(to page: inout PrometheusText) {
        page.add("millrace_sink_writes_total", .counter, "Writes sent.", perSink { Double($1.writes) })
        page.add(
            "millrace_sink_batches_total", .counter, "Batches sent; writes by batches is the mean batch size.",
            perSink { Double($1.batches) })
        page.add(
            "millrace_sink_retries_total", .counter, "Writes sent again after a fault.", perSink { Double($1.retries) })
        page.add(
            "millrace_sink_pending_writes", .gauge, "Writes taken and not settled.",
            perSink { Double($1.pendingWrites) })
        page.add(
            "millrace_sink_queue_bytes", .gauge, "Bytes taken and not settled.", perSink { Double($1.pendingBytes) })
        page.add(
            "millrace_sink_checkpoint_age_seconds", .gauge, "How long ago the sink's checkpoint last moved.",
            perSink { Self.age(of: $1.checkpointAtUs, at: $0.atUs) })
        page.add(
            "millrace_sink_caught_up", .gauge, "1 while all that the source's log holds is checkpointed.",
            perSink { $1.caughtUp ? 1 : 0 })
        page.add(
            "millrace_sink_stopped", .gauge, "1 once the sink takes nothing any more.",
            perSink { $1.stopReason == nil ? 0 : 1 })
        page.add(
            "millrace_sink_circuit_open", .gauge, "1 while the sink is left alone after repeated faults.",
            perSink { $1.circuitOpen ? 1 : 0 })
        page.add(
            "millrace_sink_detached", .gauge, "1 while a feed of its own brings the sink back to the others.",
            perSink { $1.detached ? 1 : 0 })
        page.add(
            "millrace_changes_received_total", .counter, "Changes of a table that a mapping received.",
            perMapping { [([], Double($0.received))] })
        page.add(
            "millrace_changes_total", .counter, "Changes of a table in a mapping by what became of them.",
            perMapping { line in line.outcomes.map { ([("outcome", $0.name)], Double($0.count)) } })
    }

    private func addLags(to page: inout PrometheusText) {
        page.add(
            "millrace_sink_lag_bytes", .gauge, "How far the sink's checkpoint is behind the head of the source's log.",
            perSink { $1.lagBytes.map { Double($0) } })
        page.add(
            "millrace_sink_lag_seconds", .gauge, "From commit at the source to applied: the newest write.",
            perSink { $1.lag.map { Self.seconds($0.latestUs) } })
        page.add(
            "millrace_sink_lag_p50_seconds", .gauge, "From commit at the source to applied: median since the start.",
            perSink { $1.lag.map { Self.seconds($0.p50Us) } })
        page.add(
            "millrace_sink_lag_p99_seconds", .gauge,
            "From commit at the source to applied: 99th percentile since the start.",
            perSink { $1.lag.map { Self.seconds($0.p99Us) } })
    }

    private func addSnapshots(to page: inout PrometheusText) {
        page.add(
            "millrace_snapshot_rows_read", .gauge, "Rows read by the table's snapshot for the sink.",
            perSnapshot { Double($0.rowsRead) })
        page.add(
            "millrace_snapshot_rows_estimated", .gauge, "Rows that the table was thought to have.",
            perSnapshot { Double($0.rowsEstimated) })
        page.add(
            "millrace_snapshot_chunks_finished", .gauge,
            "Chunks that are durable in the sink, and in those that are loaded with it.",
            perSnapshot { Double($0.chunksFinished) })
        page.add(
            "millrace_snapshot_chunks", .gauge, "Chunks that the table was cut into.",
            perSnapshot { Double($0.chunkCount) })
        page.add(
            "millrace_snapshot_complete", .gauge, "1 once the table's snapshot is durable.",
            perSnapshot { $0.complete ? 1 : 0 })
    }

    private func addAudits(to page: inout PrometheusText) {
        page.add(
            "millrace_audit_age_seconds", .gauge, "How long ago the last audit of all tables ended.",
            audits.map { audit in
                let now = reports.first { $0.pipeline == audit.pipeline }?.atUs
                return ([("pipeline", audit.pipeline)], now.flatMap { Self.age(of: audit.finishedAt, at: $0) })
            })
        page.add(
            "millrace_audit_status", .gauge, "The exit status of the last audit: 0 where everything agreed.",
            audits.map { ([("pipeline", $0.pipeline)], Double($0.exitStatus)) })
        page.add(
            "millrace_audit_rows", .gauge, "Rows that the last audit compared.", perPart { [([], Double($0.rows))] })
        page.add(
            "millrace_audit_findings", .gauge, "What the last audit found, by kind.",
            perPart { part in
                let kinds = [
                    ("missing", part.missing), ("different", part.different), ("extra", part.extra),
                    ("inconclusive", part.inconclusive), ("unverifiable", part.unverifiableCount),
                ]
                return kinds.map { ([("kind", $0.0)], Double($0.1)) }
            })
        page.add(
            "millrace_audit_verified_position", .gauge,
            "The place in the source's log that was read for the last audit.",
            perPart { [([], $0.verifiedUpTo.map { Double($0) })] })
    }

    private func perPart(_ samples: (AuditReport.Part) -> Samples) -> Samples {
        audits.flatMap { audit in
            audit.parts.flatMap { part in
                samples(part).map { sample in
                    let place = [
                        ("pipeline", audit.pipeline), ("sink", part.sink), ("table", part.table),
                        ("mapping", part.mapping),
                    ]
                    return (place + sample.labels, sample.value)
                }
            }
        }
    }

    private func perPipeline(_ value: (StatusReport) -> Double?) -> Samples {
        reports.map { ([("pipeline", $0.pipeline)], value($0)) }
    }

    private func perSink(_ value: (StatusReport, SinkReport) -> Double?) -> Samples {
        reports.flatMap { report in
            report.sinks.map { ([("pipeline", report.pipeline), ("sink", $0.name)], value(report, $0)) }
        }
    }

    private func perMapping(_ values: (LedgerReport) -> Samples) -> Samples {
        reports.flatMap { report in
            report.sinks.flatMap { sink in
                sink.changes.flatMap { line in
                    values(line).map { sample in
                        let labels = [
                            ("pipeline", report.pipeline), ("sink", sink.name), ("table", line.table),
                            ("mapping", line.mapping),
                        ]
                        return (labels + sample.labels, sample.value)
                    }
                }
            }
        }
    }

    private func perSnapshot(_ value: (SnapshotReport) -> Double?) -> Samples {
        reports.flatMap { report in
            report.snapshots.flatMap { snapshot in
                snapshot.sinks.map { sink in
                    ([("pipeline", report.pipeline), ("sink", sink), ("table", snapshot.table)], value(snapshot))
                }
            }
        }
    }

    private static func seconds(_ microseconds: Int64) -> Double { Double(microseconds) / 1_000_000 }

    private static func age(of time: Int64?, at now: Int64) -> Double? {
        time.map { seconds(max(0, now - $0)) }
    }
}
