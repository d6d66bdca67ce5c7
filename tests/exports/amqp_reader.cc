// SPDX-License-Identifier: BSD-3-Clause
//
// Takes every message out of a queue of a broker on this machine: "MESSAGE-ID", a tab and the first
// number of each, and then all numbers of its rows, a line a message.
//
//   amqp_reader PORT QUEUE
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr amqp_channel_t kChannel = 1;

std::string Text(amqp_bytes_t bytes) { return {static_cast<const char*>(bytes.bytes), bytes.len}; }

bool IsNormal(const amqp_rpc_reply_t& reply) { return reply.reply_type == AMQP_RESPONSE_NORMAL; }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const amqp_connection_state_t connection = amqp_new_connection();
  amqp_socket_t* const socket = amqp_tcp_socket_new(connection);
  if (amqp_socket_open(socket, "127.0.0.1", std::atoi(argv[1])) != AMQP_STATUS_OK) return 1;
  if (!IsNormal(
          amqp_login(connection, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"))) {
    return 1;
  }
  amqp_channel_open(connection, kChannel);
  if (!IsNormal(amqp_get_rpc_reply(connection))) return 1;
  const amqp_bytes_t queue = amqp_cstring_bytes(argv[2]);
  for (;;) {
    amqp_maybe_release_buffers(connection);
    const amqp_rpc_reply_t reply = amqp_basic_get(connection, kChannel, queue, 1);
    if (!IsNormal(reply)) return 1;
    if (reply.reply.id == AMQP_BASIC_GET_EMPTY_METHOD) return 0;
    amqp_message_t message;
    if (!IsNormal(amqp_read_message(connection, kChannel, &message, 0))) return 1;
    std::string body = Text(message.body);
    for (char& c : body) {
      if (c == '\n') c = '\t';
    }
    std::printf("%s\t%s\n", Text(message.properties.message_id).c_str(), body.c_str());
    amqp_destroy_message(&message);
  }
}
