// SPDX-License-Identifier: Apache-2.0
#include "components/linux/io_ring/plain_calls.hpp"

#include <array>

#include "components/linux/syscall/dispatch.hpp"
#include "components/linux/syscall/numbers.hpp"
#include "components/linux/syscall/unsupported.hpp"

namespace tessera::lx {

namespace {

using namespace ring_abi;

struct Plain {
  Operation operation = kNop;
  std::size_t number = 0;  // of the system call
  Arguments (*arguments)(const Submission& s) = nullptr;
};

std::uint64_t descriptor(const Submission& s) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(s.descriptor)); }
// The second directory of a call that has two.
std::uint64_t length_as_descriptor(const Submission& s) {
  return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(s.length)});
}
constexpr std::uint32_t kDontWait = 0x40;  // MSG_DONTWAIT

constexpr std::array kPlain{
    Plain{kSyncFileRange, number::sync_file_range, [](const Submission& s) { return Arguments{descriptor(s), s.offset, s.length, s.flags}; }},
    Plain{kSendMessage, number::sendmsg, [](const Submission& s) { return Arguments{descriptor(s), s.address, s.flags | kDontWait}; }},
    Plain{kReceiveMessage, number::recvmsg, [](const Submission& s) { return Arguments{descriptor(s), s.address, s.flags | kDontWait}; }},
    Plain{kAccept, number::accept4, [](const Submission& s) { return Arguments{descriptor(s), s.address, s.offset, s.flags}; }},
    Plain{kConnect, number::connect, [](const Submission& s) { return Arguments{descriptor(s), s.address, s.offset}; }},
    Plain{kStatx, number::statx, [](const Submission& s) { return Arguments{descriptor(s), s.address, s.flags, s.length, s.offset}; }},
    Plain{kFadvise, number::fadvise64, [](const Submission& s) { return Arguments{descriptor(s), s.offset, s.length, s.flags}; }},
    Plain{kMadvise, number::madvise, [](const Submission& s) { return Arguments{s.address, s.length, s.flags}; }},
    Plain{kSend, number::sendto, [](const Submission& s) { return Arguments{descriptor(s), s.address, s.length, s.flags | kDontWait}; }},
    Plain{kReceive, number::recvfrom, [](const Submission& s) { return Arguments{descriptor(s), s.address, s.length, s.flags | kDontWait}; }},
    Plain{kEpollControl, number::epoll_ctl, [](const Submission& s) { return Arguments{descriptor(s), s.length, s.offset, s.address}; }},
    Plain{kShutdown, number::shutdown, [](const Submission& s) { return Arguments{descriptor(s), s.length}; }},
    Plain{kRenameAt, number::renameat2,
          [](const Submission& s) {
            return Arguments{descriptor(s), s.address, length_as_descriptor(s), s.offset, s.flags};
          }},
    Plain{kUnlinkAt, number::unlinkat, [](const Submission& s) { return Arguments{descriptor(s), s.address, s.flags}; }},
    Plain{kMkdirAt, number::mkdirat, [](const Submission& s) { return Arguments{descriptor(s), s.address, s.length}; }},
    Plain{kSymlinkAt, number::symlinkat, [](const Submission& s) { return Arguments{s.address, descriptor(s), s.offset}; }},
    Plain{kLinkAt, number::linkat,
          [](const Submission& s) {
            return Arguments{descriptor(s), s.address, length_as_descriptor(s), s.offset, s.flags};
          }},
    Plain{kMakeSocket, number::socket, [](const Submission& s) { return Arguments{descriptor(s), s.offset, s.length}; }},
};

const Plain* plain_of(std::uint8_t operation) {
  for (const Plain& plain : kPlain)
    if (plain.operation == operation) return &plain;
  return nullptr;
}

bool there(const Plain& plain) { return system_calls[plain.number] != &sys_unsupported; }

}  // namespace

bool plain_call_there(Operation operation) {
  const Plain* const plain = plain_of(operation);
  return plain == nullptr || there(*plain);
}

Result<std::int64_t> plain_call(const Submission& submission) {
  const Plain* const plain = plain_of(submission.operation);
  if (plain == nullptr || !there(*plain)) return fail(Errno::einval);
  return system_calls[plain->number](plain->arguments(submission));
}

}  // namespace tessera::lx
