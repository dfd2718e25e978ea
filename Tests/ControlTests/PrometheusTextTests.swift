import Engine
import Testing

@testable import Control

struct PrometheusTextTests {
    @Test func labelsAreEscapedAndWholeNumbersStayWhole() {
        var page = PrometheusText()
        page.add("a_total", .counter, "Line\none \\ \"quoted\".", [([("l", "q\" b\\ n\nend")], 12_345_678)])
        #expect(
            page.text == """
                # HELP a_total Line\\none \\\\ "quoted".
                # TYPE a_total counter
                a_total{l="q\\" b\\\\ n\\nend"} 12345678

                """)
    }

    @Test func aMetricWithoutSamplesIsLeftOut() {
        var page = PrometheusText()
        page.add("a", .gauge, "Help.", [])
        page.add("b", .gauge, "Help.", [([], nil)])
        #expect(page.text.isEmpty)
    }

    @Test func numbersAreWrittenTheWayPrometheusReadsThem() {
        let written = [0, -3, 0.25, 1e15, .infinity, -.infinity, .nan].map(PrometheusText.number)
        #expect(written == ["0", "-3", "0.25", "1000000000000000", "+Inf", "-Inf", "NaN"])
    }

    @Test func thePageSaysWhatTheStatusSays() {
        let report = StatusReport(Statuses.running(), parkedWaiting: 3)
        let lines = Set(
            MetricsPage(reports: [report], verdicts: ["shop": true], residentBytes: 1_024).text.split(separator: "\n"))
        for line in [
            #"millrace_pipeline_healthy{pipeline="shop"} 1"#,
            #"millrace_pipeline_phase{pipeline="shop",phase="running"} 1"#,
            #"millrace_source_changes_total{pipeline="shop"} 12345678"#,
            #"millrace_source_lag_bytes{pipeline="shop"} 100"#,
            #"millrace_source_retained_bytes{pipeline="shop"} 4096"#,
            #"millrace_source_last_commit_age_seconds{pipeline="shop"} 0.5"#,
            #"millrace_sink_lag_bytes{pipeline="shop",sink="redis"} 100"#,
            #"millrace_sink_lag_p99_seconds{pipeline="shop",sink="redis"} 0.25"#,
            #"millrace_sink_checkpoint_age_seconds{pipeline="shop",sink="redis"} 1"#,
            #"millrace_parked_waiting{pipeline="shop"} 3"#,
            #"millrace_snapshot_chunks{pipeline="shop",sink="redis",table="public.orders"} 2"#,
            #"process_resident_memory_bytes 1024"#,
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
        let folded = #"{pipeline="shop",sink="redis",table="public.odd\"\n\\name",mapping="m",outcome="folded"} 3"#
        #expect(lines.contains("millrace_changes_total\(folded)"))
        #expect(!lines.contains { $0.hasPrefix("millrace_source_retained_bytes_max{") })
    }

    /// Sinks may be loaded with the same table by runs of their own. Prometheus refuses a page with a sample twice.
    @Test func noSampleIsThereTwiceWhereSinksAreLoadedApart() {
        var status = Statuses.running()
        status.snapshots[0].sinks = ["redis", "graph"]
        var apart = status.snapshots[0]
        apart.sinks = ["search"]
        apart.rowsRead = 7
        status.snapshots.append(apart)
        let text = MetricsPage(reports: [StatusReport(status)], verdicts: [:], residentBytes: nil).text
        let samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap {
            $0.split(separator: " ").first
        }
        #expect(Set(samples).count == samples.count)
        #expect(text.contains(#"millrace_snapshot_rows_read{pipeline="shop",sink="search",table="public.orders"} 7"#))
    }

    @Test func everyLineIsACommentOrASample() throws {
        let report = StatusReport(Statuses.running(), parkedWaiting: nil)
        let text = MetricsPage(reports: [report, report], verdicts: [:], residentBytes: nil).text
        let sample = try Regex(#"[a-z_0-9]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)*\})? [0-9.e+-]+"#)
        for line in text.split(separator: "\n") where !line.hasPrefix("# ") {
            #expect(try sample.wholeMatch(in: line) != nil, "\(line)")
        }
    }
}
