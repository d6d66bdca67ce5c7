// SPDX-License-Identifier: BSD-3-Clause
//
// Tstat's own outputs of a session, each made when the options ask for it; null: they do not.
#ifndef TSTAT_PIPELINE_TSTAT_OUTPUTS_H_
#define TSTAT_PIPELINE_TSTAT_OUTPUTS_H_

#include <memory>

#include "pipeline/session_output.h"
#include "tstat/output_tree.h"
#include "tstat/session.h"
#include "tstat/text_logs.h"

namespace tstat::internal {

// What the text logs of a session have.
TextLogOptions TextLogOptionsOf(const SessionOptions& session);

// `tree` must outlive what is made.
// The key of anonymised addresses; told before what they are written to.
std::unique_ptr<SessionOutput> MakeKeyFile(const SessionOptions& options, OutputTree* tree);
std::unique_ptr<SessionOutput> MakeTextLogs(const SessionOptions& options, OutputTree* tree);
// What the closing report counts, and nothing else asks for.
std::unique_ptr<SessionOutput> MakeReportCounts(const SessionOptions& options, OutputTree* tree);
std::unique_ptr<SessionOutput> MakeRrd(const SessionOptions& options, OutputTree* tree);
std::unique_ptr<SessionOutput> MakeHistogramFiles(const SessionOptions& options, OutputTree* tree);
// Packets by what they belong to; also when a reload may ask for them.
std::unique_ptr<SessionOutput> MakePacketDumps(const SessionOptions& options, OutputTree* tree);

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_TSTAT_OUTPUTS_H_
