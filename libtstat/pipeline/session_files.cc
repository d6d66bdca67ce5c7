// SPDX-License-Identifier: BSD-3-Clause
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tstat/globals_config.h"
#include "tstat/histogram_config.h"
#include "tstat/labels.h"
#include "tstat/network_files.h"
#include "tstat/session.h"
#include "tstat/skype.h"

namespace tstat::inline v1 {
namespace {

using Messages = std::vector<std::string>;

void Append(Messages more, Messages* messages) {
  messages->insert(messages->end(), std::make_move_iterator(more.begin()),
                   std::make_move_iterator(more.end()));
}

absl::Status ReadNetworks(const SessionFiles& files, SessionOptions* options, Messages* messages) {
  AnalyzerOptions& analyzer = options->analyzer;
  if (!files.internal_networks.empty()) {
    absl::StatusOr<NetworkFile> file =
        ReadNetworkFile(files.internal_networks, NetworkListKind::kInternal);
    if (!file.ok()) return file.status();
    Append(std::move(file->warnings), messages);
    Append(CompleteInternalNetworks(analyzer.profile, &file->networks), messages);
    analyzer.internal = std::move(file->networks);
  }
  if (!files.internal_macs.empty()) {
    absl::StatusOr<std::vector<MacAddress>> macs = ReadMacFile(files.internal_macs);
    if (!macs.ok()) return macs.status();
    analyzer.internal_macs = *std::move(macs);
    analyzer.use_macs = true;
  }
  const struct {
    const std::string& path;
    NetworkListKind kind;
    NetworkList* list;
  } lists[] = {{files.cloud_networks, NetworkListKind::kCloud, &analyzer.cloud},
               {files.encrypted_networks, NetworkListKind::kEncrypted, &analyzer.encrypted},
               {files.exempt_networks, NetworkListKind::kExempt, &analyzer.exempt}};
  for (const auto& [path, kind, list] : lists) {
    if (path.empty()) continue;
    absl::StatusOr<NetworkFile> file = ReadNetworkFile(path, kind);
    if (!file.ok()) return file.status();
    Append(std::move(file->warnings), messages);
    *list = std::move(file->networks);
  }
  options->histograms.every_address =
      files.internal_networks.empty() && files.internal_macs.empty();
  return absl::OkStatus();
}

absl::Status ReadHistograms(const SessionFiles& files, SessionOptions* options,
                            Messages* messages) {
  const bool l3 = options->analyzer.profile.l3_histograms;
  options->histograms.totals = options->global_histograms;
  if (!files.histograms.empty()) {
    absl::StatusOr<HistogramConfig> config =
        ReadHistogramConfig(files.histograms, options->histograms, l3);
    if (!config.ok()) return config.status();
    Append(std::move(config->warnings), messages);
    options->histograms = config->selection;
  }
  if (!files.rrd.empty()) {
    absl::StatusOr<RrdConfig> config = ReadRrdConfig(files.rrd, options->global_histograms, l3);
    if (!config.ok()) return config.status();
    options->rrd = *std::move(config);
  }
  return absl::OkStatus();
}

absl::Status ReadRuntime(const SessionFiles& files, SessionOptions* options, Messages* messages) {
  const std::string& path = files.runtime;
  if (path.empty()) return absl::OkStatus();
  options->dump_filter = files.dump_filter;
  options->always_directory = true;
  const RuntimeConfigContext context{.strict_privacy = options->analyzer.strict_privacy,
                                     .dns_filter_given = !files.dump_filter.empty(),
                                     .profile = &options->analyzer.profile,
                                     .keys = options->runtime_keys};
  absl::StatusOr<RuntimeConfigChange> change = ReadRuntimeConfig(path, context, options->runtime);
  if (!change.ok()) return change.status();
  Append(std::move(change->warnings), messages);
  Append(std::move(change->notices), messages);
  options->runtime = std::move(change->config);
  if (!change->has_dump_section || files.dump_filter.empty()) return absl::OkStatus();
  absl::StatusOr<DumpNameFilter> names = ReadDumpNameFilter(files.dump_filter);
  if (!names.ok()) return names.status();
  options->dump_names = *std::move(names);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PrivacyMessages> SetUpAnonymizer(const PrivacyRequest& request,
                                                SessionOptions* options) {
  AnalyzerOptions& analyzer = options->analyzer;
  if (request.strict_anonymity && !analyzer.exempt.empty()) {
    return absl::InvalidArgumentError(
        "strict anonymity is that of all addresses: no network can be exempt from it");
  }
  KeyRequest key_request = request.key;
  key_request.must_be_private = request.strict_anonymity;
  absl::StatusOr<KeyReading> key = ReadKey(key_request);
  if (!key.ok()) return key.status();
  if (request.strict_anonymity) analyzer.encrypted = NetworkList::All();
  absl::StatusOr<std::shared_ptr<Anonymizer>> anonymizer =
      Anonymizer::Create({.key = key->key,
                          .ipv6_masks = MasksOf(analyzer.profile, analyzer.globals),
                          .encrypt_names = request.encrypt_names,
                          .strict = request.strict_anonymity,
                          .cache_size = analyzer.globals.max_crypto_cache_size});
  if (!anonymizer.ok()) return anonymizer.status();
  options->anonymizer = *std::move(anonymizer);
  return PrivacyMessages{std::move(key->notices), std::move(key->warnings)};
}

absl::StatusOr<std::vector<std::string>> ReadSessionFiles(const SessionFiles& files,
                                                          SessionOptions* options) {
  Messages messages;
  if (!files.globals.empty()) {
    absl::StatusOr<GlobalsConfig> config = ReadGlobals(files.globals);
    if (!config.ok()) return config.status();
    Append(std::move(config->warnings), &messages);
    options->analyzer.globals = config->globals;
  }
  if (absl::Status status = ReadNetworks(files, options, &messages); !status.ok()) return status;
  if (!files.labels.empty()) {
    absl::StatusOr<std::shared_ptr<const LabelRules>> labels = LabelRules::Read(files.labels);
    if (!labels.ok()) return labels.status();
    options->analyzer.labels = *std::move(labels);
  }
  if (!files.skype_models.empty()) {
    absl::StatusOr<SkypeModels> models = ReadSkypeModels(files.skype_models);
    if (!models.ok()) return models.status();
    options->analyzer.bayes = true;
    options->analyzer.skype_models = std::make_shared<const SkypeModels>(*std::move(models));
  }
  if (absl::Status status = ReadHistograms(files, options, &messages); !status.ok()) return status;
  if (absl::Status status = ReadRuntime(files, options, &messages); !status.ok()) {
    return status;
  }
  return messages;
}

}  // namespace tstat::inline v1
