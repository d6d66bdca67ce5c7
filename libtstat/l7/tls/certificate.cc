// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tls/certificate.h"

#include <optional>

#include "l7/tls/client_hello.h"

namespace tstat::internal {
namespace {

// Tags of DER (X.690, 8.1.2).
constexpr uint8_t kInteger = 0x02, kObjectIdentifier = 0x06, kSequence = 0x30, kSet = 0x31,
                  kOctets = 0x04, kVersionTag = 0xA0, kExtensionsTag = 0xA3, kDnsNameTag = 0x82;
constexpr std::string_view kCommonNameId("\x55\x04\x03", 3);  // 2.5.4.3
constexpr std::string_view kAltNameId("\x55\x1D\x11", 3);     // 2.5.29.17

struct DerElement {
  uint8_t tag = 0;
  ByteReader content;  // as far as it is there
  bool whole = false;
};

// The elements of a container, one after the other.
class DerReader {
 public:
  explicit DerReader(ByteReader bytes) : bytes_(bytes) {}

  std::optional<DerElement> Next() {
    if (!bytes_.Has(at_, 2)) return std::nullopt;
    const uint8_t tag = bytes_.U8(at_);
    size_t length = bytes_.U8(at_ + 1);
    size_t header = 2;
    if (length >= 0x80) {
      const size_t count = length & 0x7F;
      if (count == 0 || count > 4 || !bytes_.Has(at_ + 2, count)) return std::nullopt;
      length = 0;
      for (size_t i = 0; i < count; ++i) length = length << 8 | bytes_.U8(at_ + 2 + i);
      header += count;
    }
    const ByteReader content = bytes_.Sub(at_ + header, length);
    const DerElement element = {tag, content, content.size() == length};
    at_ += header + length;
    return element;
  }
  // The next element, if it is of that kind; it is passed either way.
  ByteReader Take(uint8_t tag) {
    const std::optional<DerElement> e = Next();
    return e && e->tag == tag ? e->content : ByteReader();
  }
  // Passes the next element if it is of that kind.
  void Skip(uint8_t tag) {
    if (bytes_.Has(at_) && bytes_.U8(at_) == tag) Next();
  }

 private:
  ByteReader bytes_;
  size_t at_ = 0;
};

// Of a subject that is not whole another name may follow.
std::string_view CommonNameOf(const std::optional<DerElement>& subject) {
  std::string_view name;
  if (!subject || subject->tag != kSequence || !subject->whole) return name;
  DerReader sets(subject->content);
  while (const auto set = sets.Next()) {
    if (set->tag != kSet) continue;
    DerReader attribute(DerReader(set->content).Take(kSequence));
    if (attribute.Take(kObjectIdentifier).Text() != kCommonNameId) continue;
    const std::optional<DerElement> value = attribute.Next();
    if (value && value->whole) name = value->content.Text();
  }
  return name;
}

std::string_view DnsNameOf(ByteReader extensions) {
  DerReader list(DerReader(extensions).Take(kSequence));
  while (const auto extension = list.Next()) {
    DerReader fields(extension->content);
    if (fields.Take(kObjectIdentifier).Text() != kAltNameId) continue;
    std::optional<DerElement> value = fields.Next();
    if (value && value->tag != kOctets) value = fields.Next();  // whether it is critical
    if (!value) return {};
    DerReader names(DerReader(value->content).Take(kSequence));
    while (const auto name = names.Next()) {
      if (name->tag == kDnsNameTag) return name->whole ? name->content.Text() : "";
    }
  }
  return {};
}

}  // namespace

std::string_view CertificateNames::best() const {
  if (IsHelloName(common_name)) return common_name;
  return IsHelloName(dns_name) ? dns_name : std::string_view();
}

CertificateNames CertificateNames::Parse(ByteReader der) {
  CertificateNames names;
  DerReader body(DerReader(DerReader(der).Take(kSequence)).Take(kSequence));
  body.Skip(kVersionTag);
  body.Skip(kInteger);                               // serial number
  for (int i = 0; i < 3; ++i) body.Skip(kSequence);  // algorithm, issuer, validity
  names.common_name = CommonNameOf(body.Next());
  while (const auto element = body.Next()) {
    if (element->tag == kExtensionsTag) names.dns_name = DnsNameOf(element->content);
  }
  return names;
}

}  // namespace tstat::internal
