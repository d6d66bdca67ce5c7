// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] What a QUIC client's Initial packets hold: their protection is only against accidents, with
// keys that follow from the connection id (RFC 9001, 5), and the CRYPTO frames inside put a TLS
// ClientHello together.
//
//   std::span<const uint8_t> plain = decryptor.Decrypt(packet, packet_number_at, connection_id);
//   buffer.AddFrames(ByteReader(plain), packet_length, /*long_integers=*/false);
//   buffer.ReadHello(/*long_integers=*/false, &found);
#ifndef TSTAT_L7_UDP_QUIC_INITIAL_H_
#define TSTAT_L7_UDP_QUIC_INITIAL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "decode/byte_reader.h"
#include "l7/bounded_text.h"

struct evp_cipher_ctx_st;  // of OpenSSL

namespace tstat::internal {

// Decrypts client Initials of version 1, and of its later drafts when it is told to. The
// authentication tag is not checked: packets may be cut.
class QuicInitialDecryptor {
 public:
  explicit QuicInitialDecryptor(bool read_drafts);
  ~QuicInitialDecryptor();
  QuicInitialDecryptor(QuicInitialDecryptor&&) noexcept;
  QuicInitialDecryptor& operator=(QuicInitialDecryptor&&) noexcept;

  // The plain text of everything behind the packet number, valid until the next call; empty when
  // there is nothing, or no cipher. `packet`: captured UDP payload.
  std::span<const uint8_t> Decrypt(ByteReader packet, size_t packet_number_at,
                                   std::span<const uint8_t> connection_id);

 private:
  struct Keys;
  bool DeriveKeys(uint32_t version, std::span<const uint8_t> connection_id, Keys* keys);
  bool MakeMask(const Keys& keys, ByteReader sample, std::array<uint8_t, 16>* mask);

  struct FreeContext {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  bool read_drafts_;
  std::unique_ptr<evp_cipher_ctx_st, FreeContext> context_;  // made at the first packet
  // Room for the largest datagram, made with it.
  std::unique_ptr<uint8_t[]> plain_;
};

// What was read of the client's hello.
struct QuicHello {
  BoundedText<3 * 79> server_name;  // percent-encoded
  BoundedText<3 * 80> user_agent;   // percent-encoded
  uint16_t ech_length = 0;          // of the ECH extension; 0: none
};

// The CRYPTO stream of a client, from several packets in any order.
class QuicHelloBuffer {
 public:
  QuicHelloBuffer() { bytes_.fill(0xFF); }

  // Copies the CRYPTO frames of one packet, up to the first frame of another kind but padding and
  // PING. `packet_length`: the length field of the packet's header.
  // `long_integers`: those of 8 bytes are read as the standard has them; else they end it.
  void AddFrames(ByteReader plain, uint64_t packet_length, bool long_integers);

  // Reads the ClientHello as far as it is there. What was found before stays, but the length of
  // ECH.
  void ReadHello(bool long_integers, QuicHello* found) const;

 private:
  static constexpr size_t kCapacity = 15000;

  std::array<uint8_t, kCapacity> bytes_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_QUIC_INITIAL_H_
