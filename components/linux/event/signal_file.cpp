// SPDX-License-Identifier: Apache-2.0
// signalfd(2): the reader's pending signals, taken by reading.
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/take.hpp"

namespace tessera::lx {

namespace {

// struct signalfd_siginfo.
struct SignalRecord {
  std::uint32_t signal = 0;
  std::int32_t error = 0, code = 0;
  std::uint32_t pid = 0, uid = 0;
  std::int32_t descriptor = 0;
  std::uint32_t timer = 0, band = 0, overrun = 0, trap = 0;
  std::int32_t status = 0, value = 0;
  std::uint64_t pointer = 0, user_time = 0, system_time = 0, address = 0;
  std::array<std::uint8_t, 48> rest{};
};
static_assert(sizeof(SignalRecord) == 128);

std::uint32_t high32(std::uint64_t pair) { return static_cast<std::uint32_t>(pair >> 32); }

// Which of siginfo's fields mean something depends on signal and code.
SignalRecord record_of(const SignalInfo& info) {
  SignalRecord record;
  record.signal = static_cast<std::uint32_t>(info.signal);
  record.error = info.error;
  record.code = info.code;
  if (info.code == kCodeTimer) {
    record.timer = low32(info.fields[0]);
    record.overrun = high32(info.fields[0]);
  } else if (info.code > 0 && info.code != kCodeKernel && kSynchronous.contains(info.signal)) {
    record.address = info.fields[0];
    return record;
  } else {
    record.pid = low32(info.fields[0]);
    record.uid = high32(info.fields[0]);
  }
  if (info.signal == kSigChld && info.code > 0) {
    record.status = int32(info.fields[1]);
    record.user_time = info.fields[2];
    record.system_time = info.fields[3];
  } else if (info.code < 0) {
    record.pointer = info.fields[1];
    record.value = int32(info.fields[1]);
  }
  return record;
}

}  // namespace

class SignalFile final : public File {
 public:
  SignalFile(SignalSet wanted, std::uint32_t flags) : File(flags), wanted_(wanted) {}
  [[nodiscard]] SignalFile* signal_file() override { return this; }
  void set_wanted(SignalSet wanted) {
    wanted_ = wanted;
    current_thread().process.signal_arrived.wake_all();
  }

  Result<std::size_t> read(IoBuffer& to, std::uint64_t&) override {
    if (to.remaining() < sizeof(SignalRecord)) return fail(Errno::einval);
    const Ref<File> keep(this);
    SignalInfo info;
    bool taken = take_signal(current_thread(), wanted_, info);
    if (!taken) {
      if (non_blocking()) return fail(Errno::eagain);
      TRY(wait_until(current_thread(), current_thread().process.signal_arrived,
                     [&] { return taken || (taken = take_signal(current_thread(), wanted_, info)); }));
    }
    std::size_t done = 0;
    do {
      const SignalRecord record = record_of(info);
      const std::size_t moved = to.put(std::as_bytes(std::span<const SignalRecord, 1>(&record, 1)));
      if (moved < sizeof record) return done != 0 ? Result<std::size_t>(done) : fail(Errno::efault);
      done += moved;
    } while (to.remaining() >= sizeof(SignalRecord) && take_signal(current_thread(), wanted_, info));
    return done;
  }

  std::uint32_t poll(PollTable* table) override {
    Thread& self = current_thread();
    if (table != nullptr) table->add(self.process.signal_arrived);
    const SignalSet pending = self.pending.pending() | self.process.pending.pending();
    return (pending & wanted_).empty() ? 0 : kPollIn | kPollReadNormal;
  }

 private:
  SignalSet wanted_;
};

namespace {

Result<std::int64_t> signal_descriptor(const Arguments& a, std::uint32_t flags) {
  if (a[2] != sizeof(std::uint64_t)) return fail(Errno::einval);
  const SignalSet wanted = SignalSet(TRY(read_guest<std::uint64_t>(a[1]))) - kUnblockable;
  if ((flags & ~(kOpenNonBlock | kOpenCloseOnExec)) != 0) return fail(Errno::einval);
  if (int32(a[0]) != -1) {
    const Ref<File> file = TRY(file_at(a[0]));
    if (file->signal_file() == nullptr) return fail(Errno::einval);
    file->signal_file()->set_wanted(wanted);
    return int32(a[0]);
  }
  auto inode = make_ref<Inode>(anonymous_file_system(), next_anonymous_inode());
  inode->attributes.mode = 0600;
  auto file = make_ref<SignalFile>(wanted, kOpenReadWrite | (flags & kOpenNonBlock));
  file->path = unnamed_path("anon_inode:[signalfd]", inode);
  return TRY(current_files().install(std::move(file), (flags & kOpenCloseOnExec) != 0));
}

}  // namespace

Result<std::int64_t> sys_signalfd(const Arguments& a) { return signal_descriptor(a, 0); }
Result<std::int64_t> sys_signalfd4(const Arguments& a) { return signal_descriptor(a, low32(a[3])); }

}  // namespace tessera::lx
