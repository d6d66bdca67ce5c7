// SPDX-License-Identifier: BSD-3-Clause
//
// Opens Initial packets of QUIC (RFC 9001, 5), and finds the CRYPTO frames in them.
//
//   QuicOpener opener;
//   const QuicOpener::Opened opened = opener.Open(packet, keys);
//   if (opened.is_authentic) ForEachCryptoFrame(ByteReader(opened.plain), visit);
#ifndef TSTAT_L7_UDP_QUIC_OPENER_H_
#define TSTAT_L7_UDP_QUIC_OPENER_H_

#include <openssl/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "absl/functional/function_ref.h"
#include "decode/byte_reader.h"
#include "l7/udp/quic_keys.h"
#include "l7/udp/quic_packet.h"

namespace tstat::internal {

class QuicOpener {
 public:
  struct Opened {
    std::span<const uint8_t> plain;  // valid until the next call
    bool is_authentic = false;       // the packet is whole, and these are its keys
  };

  // Of a packet that was cut what is there; whether it was the right key shows by the frames.
  Opened Open(const QuicLongPacket& packet, const QuicClientKeys& keys);

 private:
  struct Header {
    std::array<uint8_t, 12> nonce;
    std::array<uint8_t, 4> number;
    uint8_t first = 0;
    size_t number_bytes = 0;
  };
  bool Prepare();
  std::optional<Header> Unprotect(const QuicLongPacket& packet, const QuicClientKeys& keys);
  bool AddHeader(const QuicLongPacket& packet, const Header& header);
  bool CheckTag(std::span<const uint8_t> tag);

  // Looked up at the first packet, once.
  struct FreeCipher {
    void operator()(EVP_CIPHER* cipher) const;
    void operator()(EVP_CIPHER_CTX* context) const;
  };
  std::unique_ptr<EVP_CIPHER, FreeCipher> ecb_, gcm_;
  std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> header_context_, context_;
  std::unique_ptr<uint8_t[]> plain_;  // room for the largest one
};

// Visits the CRYPTO frames of an Initial's plain text. False: something in it is no frame that an
// Initial may have (RFC 9000, 12.4); what is cut at the end is none.
bool ForEachCryptoFrame(ByteReader plain,
                        absl::FunctionRef<void(uint64_t offset, ByteReader data)> visit);

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_QUIC_OPENER_H_
