// SPDX-License-Identifier: BSD-3-Clause
//
// The two hellos of a TLS handshake, as messages put together from whatever carried them: records
// of TLS, CRYPTO frames of QUIC, fragments of DTLS (RFC 8446, 4.1; RFC 5246, 7.4; RFC 6347, 4.2).
// Total functions: of a message that is cut, what stands before the cut is read.
//
//   const auto hello = ClientHello::Parse(body, HelloCarrier::kTls);  // behind type and length
//   if (hello) Use(hello->server_name, hello->alpn);
//
// Everything is a view into the message.
#ifndef TSTAT_L7_TLS_CLIENT_HELLO_H_
#define TSTAT_L7_TLS_CLIENT_HELLO_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"

namespace tstat::internal {

// Who carries the message: a hello of DTLS has a cookie, and versions of its own.
enum class HelloCarrier : uint8_t { kTls, kQuic, kDtls };

// Types of extensions (RFC 8446, 4.2, and IANA's registry).
namespace tls_extension {
inline constexpr uint16_t kServerName = 0, kGroups = 10, kPointFormats = 11, kSignatures = 13,
                          kAlpn = 16, kTicket = 35, kPreSharedKey = 41, kEarlyData = 42,
                          kVersions = 43, kQuicParameters = 57, kQuicParametersOfDrafts = 0xFFA5,
                          // draft-ietf-tls-esni, and its drafts before 7
    kEncryptedHello = 0xFE0D, kEncryptedName = 0xFFCE;
}  // namespace tls_extension

// Values that only test whether strangers are ignored (RFC 8701).
constexpr bool IsGrease(uint16_t value) {
  return (value & 0x0F0F) == 0x0A0A && (value >> 8) == (value & 0xFF);
}

// A list of numbers of two bytes.
class U16List {
 public:
  constexpr U16List() = default;
  constexpr explicit U16List(ByteReader bytes) : bytes_(bytes) {}
  constexpr size_t size() const { return bytes_.size() / 2; }
  constexpr uint16_t operator[](size_t i) const { return bytes_.U16(2 * i); }

 private:
  ByteReader bytes_;
};

// The extensions of a hello, one after the other.
class HelloExtensions {
 public:
  struct Extension {
    uint16_t type = 0;
    ByteReader content;
    uint16_t length = 0;  // as claimed
    bool whole = false;   // else the content is cut
  };

  constexpr HelloExtensions() = default;
  constexpr explicit HelloExtensions(ByteReader block) : block_(block) {}
  // The extension at `*at`, which moves behind it; nothing at the end.
  std::optional<Extension> Next(size_t* at) const;

 private:
  ByteReader block_;
};

// Names with a byte of length before each (ALPN).
class ProtocolNames {
 public:
  constexpr ProtocolNames() = default;
  constexpr explicit ProtocolNames(ByteReader list) : list_(list) {}
  bool empty() const { return list_.empty(); }
  // The name at `*at`, which moves behind it; nothing at the end, or where a name is cut. Names may
  // be empty, though no sender has reason to.
  std::optional<std::string_view> Next(size_t* at) const;

 private:
  ByteReader list_;
};

// What of a list can be shown: "h2,http/1.1", without GREASE. A name with a comma, a quotation mark
// or what is no printable ASCII, an empty one, and one that begins with "0x", is "0x" and the
// hexadecimal digits of its bytes. At most 255 bytes, behind which "[*]" says that there are more.
std::string JoinedProtocols(const ProtocolNames& names);

struct ClientHello {
  static constexpr size_t kLongestName = 255;

  uint16_t legacy_version = 0;
  ByteReader session_id;
  bool session_id_whole = false;
  U16List cipher_suites;
  HelloExtensions extensions;
  bool complete = false;  // all that the lengths claim was there

  // Of extensions; empty or false when they are not there, or not as a whole: of a server name, of
  // session_ticket and what follows it the rest may be missing.
  std::string_view server_name;  // a name of 1 to kLongestName bytes without blanks and controls
  bool has_server_name = false;  // the extension is there, whatever it says
  U16List versions, groups, signature_algorithms;
  bool has_versions = false;
  ByteReader point_formats;
  ProtocolNames alpn;
  ByteReader quic_parameters;    // quic_transport_parameters (RFC 9001, 8.2)
  bool encrypted_hello = false;  // ECH or its predecessor ESNI is offered
  uint16_t encrypted_hello_length = 0;
  bool session_ticket = false;  // one is presented
  bool pre_shared_key = false, early_data = false;

  // The client wants to go on with a session: by a ticket or a key. (Session identifiers alone say
  // nothing: hellos of TLS 1.3 have a random one.)
  bool wants_resumption() const { return session_ticket || pre_shared_key; }
  // The highest version that is offered: of the list, else legacy_version. 0: there may be a list
  // in the part that was not seen.
  uint16_t highest_version() const;

  // `is_whole`: the body ends where its message does, else it is cut there.
  static std::optional<ClientHello> Parse(ByteReader body, HelloCarrier carrier,
                                          bool is_whole = true);
};

struct ServerHello {
  uint16_t legacy_version = 0;
  ByteReader session_id;
  bool random_whole = false, session_id_whole = false;
  uint16_t cipher_suite = 0;
  HelloExtensions extensions;
  bool complete = false;
  bool is_retry = false;  // HelloRetryRequest (RFC 8446, 4.1.3); REQUIRES: random_whole
  bool has_version = false;
  uint16_t selected_version = 0;  // of supported_versions, else legacy_version
  ProtocolNames alpn;
  bool pre_shared_key = false;

  // 0: the extension that may tell another one was not seen.
  uint16_t known_version() const { return has_version || complete ? selected_version : 0; }

  static std::optional<ServerHello> Parse(ByteReader body, bool is_whole = true);
};

// Whether a name from a hello can be one: 1 to 255 bytes, none of them a blank, a control or a
// quotation mark.
bool IsHelloName(std::string_view name);

}  // namespace tstat::internal

#endif  // TSTAT_L7_TLS_CLIENT_HELLO_H_
