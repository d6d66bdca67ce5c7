// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: one segment for all TLS parsers; every name that comes out must be one that is
// accepted, and must lie in the segment.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "l7/tcp/facebook_zero.h"
#include "l7/tls/tls.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

void CheckName(std::string_view name, std::string_view segment) {
  if (name.empty()) return;
  const bool inside =
      name.data() >= segment.data() && name.data() + name.size() <= segment.data() + segment.size();
  if (!inside || !tstat::IsAcceptedName(name)) std::abort();
  tstat::TlsService(name, false);
  tstat::TlsService(name, true);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader payload({data, size});
  const std::string_view segment = payload.Text();
  const int32_t length = static_cast<int32_t>(size);
  tstat::IsSslV2ClientHello(payload, length);
  tstat::IsTlsApplicationData(payload);
  tstat::HasTlsSessionId(payload);
  if (const auto hello = tstat::TlsClientHello::Parse(payload)) {
    CheckName(hello->server_name, segment);
  }
  if (const auto hello = tstat::TlsServerHello::Parse(payload, length)) {
    if (hello->version_count > hello->versions.size()) std::abort();
  }
  if (const auto name = tstat::TlsCommonName::Parse(payload)) CheckName(name->text, segment);
  if (const auto hello = tstat::FacebookZeroHello::Parse(payload)) {
    CheckName(hello->server_name, segment);
  }
  return 0;
}
