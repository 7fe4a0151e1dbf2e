// SPDX-License-Identifier: Apache-2.0
// A client of a source of random bytes: see README.md.
#include <abi/protocols/random.hpp>
#include <algorithm>
#include <bit>
#include <vector>

#include "lib/rt/component.hpp"
#include "lib/rt/executor.hpp"
#include "lib/rt/log.hpp"
#include "lib/service/client.hpp"
#include "lib/service/granted.hpp"

namespace {

using namespace tessera;
namespace random = protocol::random;
using Client = service::Client<random::Protocol>;

constexpr std::uint32_t kBytes = 4096;

// All of the buffer, however little comes at a time.
rt::Task<bool> fill(Client& client) {
  for (std::uint32_t done = 0; done < kBytes;) {
    const ring::Buffer rest{.offset = done, .bytes = kBytes - done};
    const auto reply = co_await client.ask(random::BytesRequest{}, {.buffer = rest}, {.flags = 0, .resends = 10});
    if (!reply) {
      rt::log("refused: {}", reply.error().failure == service::CallFailure::refused ? random::name(reply.error().status) : "lost");
      co_return false;
    }
    if (reply->bytes == 0 || reply->bytes > rest.bytes) co_return false;
    done += reply->bytes;
  }
  co_return true;
}

// Half of all bits are ones, within eight standard deviations.
bool looks_random(std::span<const std::byte> bytes) {
  unsigned ones = 0;
  for (const std::byte one : bytes) ones += static_cast<unsigned>(std::popcount(static_cast<std::uint8_t>(one)));
  constexpr unsigned kHalf = kBytes * 4, kFar = 8 * 91;
  rt::log("{} bytes, {} bits of them are ones", bytes.size(), ones);
  return ones > kHalf - kFar && ones < kHalf + kFar;
}

rt::Task<> check(rt::Executor& executor, Client& client, int& status) {
  rt::Scope scope(executor);
  scope.spawn(client.run());
  const auto memory = client.pools().own().first(kBytes);
  bool good = co_await fill(client) && looks_random(memory);
  const std::vector<std::byte> before(memory.begin(), memory.end());
  good = good && co_await fill(client) && looks_random(memory) && !std::ranges::equal(before, memory);
  status = good ? 0 : 1;
  scope.cancel();
  co_await scope.join();
}

}  // namespace

int component_main(const rt::Start& start) {
  const auto channel = service::GrantedChannel::find(start, "random");
  if (!channel) rt::panic("no channel 'random' was granted");
  rt::Executor executor(channel->wake);
  const auto doorbell = channel->doorbell(executor);
  auto end = ring::ChannelClient::attach(channel->memory, random::kEntries, random::kHash, {});
  if (!doorbell || !end) rt::panic("the channel cannot be used");
  service::GrantedPeer peer(*channel);
  Client client(executor, std::move(*end), peer, *doorbell);
  int status = 1;
  executor.run(check(executor, client, status));
  return status;
}
