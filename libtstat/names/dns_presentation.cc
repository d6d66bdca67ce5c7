// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_presentation.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <chrono>
#include <cstdint>

#include "names/dns_fields_text.h"
#include "names/dns_record_types.h"

namespace tstat::internal {
namespace {

constexpr uint16_t kDnskey = 48;

constexpr bool IsGraphic(uint8_t byte) { return byte > ' ' && byte < 0x7F; }
constexpr bool IsPrintable(uint8_t byte) { return byte >= ' ' && byte < 0x7F; }

// The bytes from `begin` on, between quotes (RFC 1035, 5.1).
void AppendQuoted(const DnsWire& field, size_t begin, DnsText& out) {
  out.Put('"');
  for (size_t i = begin; i < field.size(); ++i) {
    const uint8_t byte = field.U8(i);
    if (!IsPrintable(byte) && byte != '\t') {
      out.PutEscaped(byte);
      continue;
    }
    if (byte == '"' || byte == '\\') out.Put('\\');
    out.Put(static_cast<char>(byte));
  }
  out.Put('"');
}

void AppendString(const DnsWire& field, DnsText& out) { AppendQuoted(field, 1, out); }
void AppendText(const DnsWire& field, DnsText& out) { AppendQuoted(field, 0, out); }

bool AppendLetters(const DnsWire& field, DnsText& out) {
  if (field.size() == 1) return false;
  for (size_t i = 1; i < field.size(); ++i) {
    const auto c = static_cast<char>(field.U8(i));
    const bool fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!fits) return false;
    out.Put(c);
  }
  return true;
}

void AppendPadded(unsigned number, int digits, DnsText& out) {
  char text[10];
  for (int i = digits - 1; i >= 0; --i, number /= 10)
    text[i] = static_cast<char>('0' + number % 10);
  out.Put(std::string_view(text, static_cast<size_t>(digits)));
}

// The time that has these lower 32 bits of its seconds and is nearest to `now` (RFC 1982).
void AppendTime(uint32_t seconds, Timestamp now, DnsText& out) {
  constexpr int64_t kNanoseconds = 1'000'000'000;
  const int64_t now_s = now.nanoseconds() / kNanoseconds;
  const auto ahead = static_cast<int32_t>(seconds - static_cast<uint32_t>(now_s));
  const std::chrono::sys_seconds time{std::chrono::seconds(now_s + ahead)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  AppendPadded(static_cast<unsigned>(static_cast<int>(date.year())), 4, out);
  for (const unsigned part :
       {static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<unsigned>(clock.hours().count()),
        static_cast<unsigned>(clock.minutes().count()),
        static_cast<unsigned>(clock.seconds().count())}) {
    AppendPadded(part, 2, out);
  }
}

void AppendTime48(const DnsWire& field, DnsText& out) {
  out.PutNumber(static_cast<uint64_t>(field.U16(0)) << 32 | field.U32(2));
  out.Put(' ');
}

void AppendTypeName(uint16_t code, DnsText& out) {
  std::string name;
  AppendDnsTypeName(code, &name);
  out.Put(name);
}
void AppendType(const DnsWire& field, DnsText& out) { AppendTypeName(field.U16(0), out); }

// Windows of 256 types (RFC 4034, 4.1.2). A blank follows each.
bool AppendTypes(const DnsWire& field, DnsText& out) {
  for (size_t at = 0; at + 2 < field.size();) {
    const unsigned window = field.U8(at), bytes = field.U8(at + 1);
    at += 2;
    if (!field.Has(at, bytes)) return false;
    for (unsigned bit = 0; bit < 8 * bytes; ++bit) {
      if ((field.U8(at + bit / 8) >> (7 - bit % 8) & 1) == 0) continue;
      AppendTypeName(static_cast<uint16_t>(256 * window + bit), out);
      out.Put(' ');
    }
    at += bytes;
  }
  return true;
}

void AppendSalt(const DnsWire& field, DnsText& out) {
  if (field.U8(0) == 0) {
    out.Put('-');
  } else {
    AppendDnsHex(field.Sub(1, field.size() - 1), out);
  }
  out.Put(' ');
}

// Base 32 with the extended hexadecimal alphabet, in lower case (RFC 4648, 7).
void AppendBase32(const DnsWire& field, DnsText& out) {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuv";
  constexpr size_t kGroup = 5, kDigitsOfGroup = 8;
  for (size_t at = 0; at < field.size(); at += kGroup) {
    const size_t bytes = std::min(kGroup, field.size() - at);
    uint64_t bits = 0;
    for (size_t i = 0; i < kGroup; ++i) bits = bits << 8 | (i < bytes ? field.U8(at + i) : 0);
    const size_t digits = (8 * bytes + 4) / 5;
    for (size_t i = 0; i < kDigitsOfGroup; ++i) {
      out.Put(i < digits ? kDigits[bits >> (35 - 5 * i) & 31] : '=');
    }
  }
}

void AppendCertificateType(const DnsWire& field, DnsText& out) {
  const uint16_t type = field.U16(0);
  constexpr std::pair<uint16_t, std::string_view> kNames[] = {
      {1, "PKIX"}, {2, "SPKI"},   {3, "PGP"},     {4, "IPKIX"}, {5, "ISPKI"},
      {6, "IPGP"}, {7, "ACPKIX"}, {8, "IACPKIX"}, {253, "URI"}, {254, "OID"}};
  for (const auto& [code, name] : kNames) {
    if (code == type) return out.Put(name);
  }
  out.PutNumber(type);
}

void AppendOpaque(const DnsWire& field, DnsText& out) {
  out.Put("\\# ");
  out.PutNumber(field.size());
  out.Put(' ');
  AppendDnsHex(field, out);
}

// Groups of `bytes` bytes in hexadecimal.
void AppendGroups(const DnsWire& field, size_t bytes, char separator, DnsText& out) {
  for (size_t i = 0; i < field.size(); ++i) {
    if (i > 0 && i % bytes == 0) out.Put(separator);
    out.PutHex(field.U8(i));
  }
}

void AppendLocator(const DnsWire& field, DnsText& out) { AppendGroups(field, 2, ':', out); }
void AppendEui(const DnsWire& field, DnsText& out) { AppendGroups(field, 1, '-', out); }

void AppendHexNumber(const DnsWire& field, DnsText& out) {
  out.Put("0x");
  AppendDnsHex(field, out);
}

void AppendNextOwner(const DnsWire& field, DnsText& out) {
  AppendBase32(field.Sub(1, field.size() - 1), out);
}

void AppendSizedBase64(const DnsWire& field, DnsText& out) {
  out.PutNumber(field.size() - 2);
  out.Put(' ');
  AppendDnsBase64(field.Sub(2, field.size() - 2), out);
}

// Fields that are shown by their bytes alone. False: they cannot be.
using AppendBytes = bool (*)(const DnsWire& field, DnsText& out);
template <void (*kAppend)(const DnsWire& field, DnsText& out)>
constexpr AppendBytes kAlways = [](const DnsWire& field, DnsText& out) {
  kAppend(field, out);
  return true;
};
template <auto kRead>
constexpr AppendBytes kNumber = [](const DnsWire& field, DnsText& out) {
  out.PutNumber((field.*kRead)(0));
  return true;
};

struct FieldText {
  DnsField field;
  AppendBytes append;
};
constexpr FieldText kFieldTexts[] = {
    {DnsField::kU8, kNumber<&DnsWire::U8>},
    {DnsField::kU16, kNumber<&DnsWire::U16>},
    {DnsField::kU32, kNumber<&DnsWire::U32>},
    {DnsField::kIpv4, kAlways<AppendDnsIpv4>},
    {DnsField::kIpv6, kAlways<AppendDnsIpv6>},
    {DnsField::kTime48, kAlways<AppendTime48>},
    {DnsField::kType, kAlways<AppendType>},
    {DnsField::kCertificateType, kAlways<AppendCertificateType>},
    {DnsField::kLocator64, kAlways<AppendLocator>},
    {DnsField::kEui48, kAlways<AppendEui>},
    {DnsField::kEui64, kAlways<AppendEui>},
    {DnsField::kString, kAlways<AppendString>},
    {DnsField::kLetters, AppendLetters},
    {DnsField::kSalt, kAlways<AppendSalt>},
    {DnsField::kNextOwner, kAlways<AppendNextOwner>},
    {DnsField::kSizedBase64, kAlways<AppendSizedBase64>},
    {DnsField::kHostIdentity, AppendDnsHostIdentity},
    {DnsField::kBase64, kAlways<AppendDnsBase64>},
    {DnsField::kHex, kAlways<AppendDnsHex>},
    {DnsField::kHexNumber, kAlways<AppendHexNumber>},
    {DnsField::kText, kAlways<AppendText>},
    {DnsField::kOpaque, kAlways<AppendOpaque>},
    {DnsField::kTypes, AppendTypes},
    {DnsField::kParameters, AppendDnsParameters},
    {DnsField::kLocation, AppendDnsLocation},
    {DnsField::kPrefixes, AppendDnsPrefixes},
    {DnsField::kGateway, AppendDnsGateway},
    {DnsField::kServices, AppendDnsServices},
};

bool AppendField(const DnsWire& wire, const DnsFields& fields, Timestamp now, DnsText& out) {
  if (fields.field() == DnsField::kName) {
    AppendDnsName(wire, fields.at(), out);
    return true;
  }
  const DnsWire field = wire.Sub(fields.at(), fields.bytes());
  if (fields.field() == DnsField::kTime) {
    AppendTime(field.U32(0), now, out);
    return true;
  }
  for (const FieldText& text : kFieldTexts) {
    if (text.field == fields.field()) return text.append(field, out);
  }
  return false;
}

}  // namespace

void DnsText::PutNumber(uint64_t number) {
  char text[20];
  const auto end = std::to_chars(std::begin(text), std::end(text), number);
  Put(std::string_view(text, static_cast<size_t>(end.ptr - text)));
}

void DnsText::PutHex(uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  Put(kDigits[byte >> 4]);
  Put(kDigits[byte & 15]);
}

void DnsText::PutEscaped(uint8_t byte) {
  Put('\\');
  AppendPadded(byte, 3, *this);
}

void AppendDnsName(const DnsWire& wire, size_t at, DnsText& out) {
  bool is_root = true;
  uint32_t pointers = dns_name::kMaxPointers;
  WalkDnsName(wire, &at, &pointers, [&](size_t label, uint8_t bytes) {
    is_root = false;
    for (size_t i = label; i < label + bytes; ++i) {
      const uint8_t byte = wire.U8(i);
      if (!IsGraphic(byte)) {
        out.PutEscaped(byte);
        continue;
      }
      constexpr std::string_view kSpecial = ".;()\\";
      if (kSpecial.find(static_cast<char>(byte)) != std::string_view::npos) out.Put('\\');
      out.Put(static_cast<char>(byte));
    }
    out.Put('.');
  });
  if (is_root) out.Put('.');
}

bool AppendDnsData(const DnsWire& wire, const DnsRecordView& record, Timestamp now, DnsText& out) {
  DnsFields fields(wire, DnsRecordTypeOf(record.type), record.data_begin, record.data_end);
  uint32_t pointers = dns_name::kMaxPointers * DnsRecordType::kMaxFields;
  bool any = false;
  while (fields.Next(&pointers)) {
    if (any) out.Put(' ');
    any = true;
    if (!AppendField(wire, fields, now, out)) return false;
  }
  if (!any) {
    out.Put("\\# 0");
  } else if (record.type == kDnskey) {
    AppendDnsKeyRemark(wire.Sub(record.data_begin, fields.next() - record.data_begin), out);
  }
  return true;
}

}  // namespace tstat::internal
