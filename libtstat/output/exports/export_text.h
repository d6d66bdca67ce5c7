// SPDX-License-Identifier: BSD-3-Clause
//
// FORMAT=DESTINATION#OPTIONS, read: the options are the format's, the destination's, or those of
// every export, which change the settings.
//
//   absl::StatusOr<ExportPlan> plan = ReadExportText("json=-#logs=tcp&batch_time=5", settings);
#ifndef TSTAT_OUTPUT_EXPORTS_EXPORT_TEXT_H_
#define TSTAT_OUTPUT_EXPORTS_EXPORT_TEXT_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "output/destinations/destination.h"
#include "output/formats/format.h"
#include "tstat/exports.h"

namespace tstat::internal {

struct ExportPlan {
  std::string name;             // of a directory: letters, digits, ".", "_", "-"
  std::string spool_directory;  // its own
  std::string address;          // without options
  ExportSettings settings;      // with what the options say
  std::unique_ptr<ExportFormat> format;
  std::unique_ptr<Destination> destination;
};

// Errors: those of Export::Create.
absl::StatusOr<ExportPlan> ReadExportText(std::string_view text, const ExportSettings& settings);

// The path of an address that is one of a file; nullopt: it is none.
std::optional<std::string> FilePathOf(std::string_view address);

// The options of every export, with what they may be: "name=NAME", ... For messages and help.
std::string CommonExportOptions();

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_EXPORTS_EXPORT_TEXT_H_
