// SPDX-License-Identifier: BSD-3-Clause
//
// The options of privacy: which addresses, by which key.
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "config/absl_text.h"
#include "startup/option_effects.h"
#include "tstat/text_file.h"

namespace tstat::cli {

using internal::View;

std::optional<int> OptionEffects::SetCryptoNets(const std::string& path) {
  absl::StatusOr<NetworkFile> file =
      LoadNetworks(path, NetworkListKind::kEncrypted, "configuration");
  if (!file.ok()) return 1;
  crypto_file_ = path;
  settings_.session.analyzer.encrypted = std::move(file->networks);
  return std::nullopt;
}

std::optional<int> OptionEffects::SetWhitelistNets(const std::string& path) {
  absl::StatusOr<NetworkFile> file = LoadNetworks(path, NetworkListKind::kExempt, "configuration");
  if (!file.ok()) return 1;
  whitelist_given_ = true;
  settings_.session.analyzer.exempt = std::move(file->networks);
  return std::nullopt;
}

std::optional<int> OptionEffects::TakeKey(KeySource source, const std::string& value) {
  if (key_source_.has_value() && *key_source_ != source) {
    console_.Err(
        "Error: Only one encryption key option (--keyvalue, --keyfile, --keybase64)\n"
        "       can be used\n");
    return 1;
  }
  key_source_ = source;
  settings_.privacy.key = {.source = source, .value = value};
  return std::nullopt;
}

// As strtoll() has it, of which the low 32 bits count. A mistake must not leave addresses in the
// clear.
std::optional<int> OptionEffects::SetAddressMask(const std::string& text) {
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(text.c_str(), &end, 0);
  if (errno != 0 || end == text.c_str() || end != text.c_str() + text.size()) {
    console_.Error(absl::StrCat("-A ", Shown(text),
                                ": invalid value for the anonymization mask (allowed: integers, of "
                                "which the low 32 bits count; decimal, 0 octal, 0x hexadecimal)"));
    return 1;
  }
  uint32_t& mask = settings_.session.analyzer.address_mask;
  mask = static_cast<uint32_t>(value);
  console_.Out(absl::StrFormat("Anonymization mask set to 0x%08x\n", mask));
  return std::nullopt;
}

// The key is read now, so that what is wrong with it shows before any packet is read.
std::optional<int> OptionEffects::SetUpPrivacy() {
  PrivacyRequest& request = settings_.privacy;
  if (request.strict_anonymity && whitelist_given_) {
    console_.Error("-W cannot be combined with --strict-anonymity, which is that of all addresses");
    return 1;
  }
  const bool wanted = crypto_file_.has_value() || request.strict_anonymity;
  if (key_source_.has_value() && !wanted) {
    console_.Warn(absl::StrCat(
        "One encryption key option has been specified but no encrypted\n", View(kIndent),
        "networks have been defined with the -Y option. Encryption is disabled"));
  }
  if (whitelist_given_ && !wanted) {
    console_.Warn(absl::StrCat("A set of whitelisted networks has been provided but no encrypted\n",
                               View(kIndent), "networks have been defined with the -Y option."));
  }
  if (request.encrypt_names && !wanted) {
    console_.Warn(absl::StrCat(
        "The encryption of all relevant hostnames has been requested, but\n", View(kIndent),
        "no encrypted networks have been defined with the -Y option. The option is ignored"));
    request.encrypt_names = false;
  }
  if (!wanted) return std::nullopt;
  WarnOfNoEffect();
  absl::StatusOr<PrivacyMessages> messages = SetUpAnonymizer(request, &settings_.session);
  if (!messages.ok()) {
    const bool is_file =
        request.key.source == KeySource::kFile || request.key.source == KeySource::kBase64File;
    if (is_file && !absl::IsInvalidArgument(messages.status()) &&
        !absl::IsFailedPrecondition(messages.status())) {
      console_.Err(absl::StrCat("Error opening file ", request.key.value, ". Exiting\n"));
    }
    console_.Error(messages.status());
    return 1;
  }
  for (const std::string& notice : messages->notices) console_.Out(notice + "\n");
  for (const std::string& warning : messages->warnings) {
    console_.Err(absl::StrCat("Warning: ", warning, "\n"));
  }
  return std::nullopt;
}

// What was asked for and does nothing, which nobody would see in the outputs.
void OptionEffects::WarnOfNoEffect() {
  if (settings_.privacy.strict_anonymity) {
    if (crypto_file_.has_value()) {
      console_.Warn(absl::StrCat("-Y has no effect with --strict-anonymity, which is that of all\n",
                                 View(kIndent), "addresses"));
    }
    if (settings_.privacy.encrypt_names) {
      console_.Warn(
          absl::StrCat("--enc has no effect with --strict-anonymity, which replaces names\n",
                       View(kIndent), "by pseudonyms"));
    }
  } else if (settings_.session.analyzer.encrypted.empty()) {
    console_.Warn(absl::StrCat(*crypto_file_, " contains no network.\n", View(kIndent),
                               "Nothing is anonymised"));
  }
}

}  // namespace tstat::cli
