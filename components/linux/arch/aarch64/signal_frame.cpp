// SPDX-License-Identifier: Apache-2.0
// Layout: arch/arm64/include/uapi/asm/{sigcontext,ucontext}.h of Linux, which is ABI.
#include "components/linux/signal/signal_frame.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <linux_arch/program.hpp>
#include <linux_arch/registers.hpp>
#include <optional>
#include <span>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/exec/vdso.hpp"
#include "components/linux/exec/vdso_image.hpp"
#include "components/linux/nucleus/vector_area.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/alternate_stack.hpp"
#include "components/linux/signal/mask.hpp"

namespace tessera::lx {

namespace {

struct StackInfo {  // stack_t
  std::uint64_t start = 0;
  std::uint32_t flags = 0;
  std::uint32_t padding = 0;
  std::uint64_t bytes = 0;
};

// struct sigcontext without the records behind it.
struct MachineContext {
  std::uint64_t fault_address = 0;
  std::array<std::uint64_t, 31> x{};
  std::uint64_t sp = 0, pc = 0, pstate = 0, padding = 0;
};
static_assert(sizeof(MachineContext) == 288);

struct UserContext {  // struct ucontext
  std::uint64_t flags = 0, link = 0;
  StackInfo stack;
  std::uint64_t mask = 0;
  std::array<std::uint64_t, 16> unused{};
  MachineContext machine;
};
static_assert(offsetof(UserContext, machine) == 176);

struct RecordHead {  // struct _aarch64_ctx
  std::uint32_t magic = 0, bytes = 0;
};
struct VectorRecord {  // struct fpsimd_context
  RecordHead head;
  std::uint32_t status = 0, control = 0;
  std::array<std::byte, 512> registers{};
};
static_assert(sizeof(VectorRecord) == 528);
struct FaultRecord {  // struct esr_context
  RecordHead head;
  std::uint64_t code = 0;
};
constexpr std::uint32_t kVectorMagic = 0x4650'8001, kFaultMagic = 0x4553'5201;

// What Linux writes of a frame: the records in the room of 4096 bytes that all frames have.
struct SignalFrame {  // struct rt_sigframe
  SignalInfo info;
  UserContext context;
  VectorRecord vectors;
  FaultRecord fault;  // or the end
  RecordHead end;
};
constexpr std::size_t kRecordsOffset = offsetof(SignalFrame, vectors), kRecordsRoom = 4096;
constexpr std::size_t kFrameBytes = kRecordsOffset + kRecordsRoom;
static_assert(offsetof(SignalFrame, context) == 128 && kRecordsOffset == 592 && kFrameBytes == 4688);

// Above it, as every function's: the frame pointer and the return address.
struct CallFrame {
  std::uint64_t frame_pointer = 0, return_address = 0;
};

constexpr std::size_t kStatusOffset = 512, kControlOffset = 520;
// NZCV and what else the nucleus lets a guest have; mode and interrupt masks must be zero.
constexpr std::uint64_t kMode = 0x1f, kInterruptMasks = 0x3c0;
constexpr std::uint64_t kFreeState = 0xf000'0000 | 1 << 25 | 1 << 24 | 1 << 12 | 0xc00;
constexpr std::uint64_t kTagChecksOff = 1 << 25, kBranchType = 0xc00, kBranchOfCall = 0x800;

// Where __kernel_rt_sigreturn is in the vdso: the only place with these two instructions.
std::uint64_t return_offset() {
  static const std::uint64_t offset = [] {
    constexpr std::array<std::uint32_t, 2> kCode{0xd2801168, 0xd4000001};  // mov x8, #139; svc #0
    const std::span<const std::byte> image = vdso_image();
    for (std::size_t at = 0; at + sizeof kCode <= image.size(); at += 4)
      if (std::memcmp(image.subspan(at, sizeof kCode).data(), kCode.data(), sizeof kCode) == 0) return std::uint64_t{at};
    return std::uint64_t{0};
  }();
  return offset;
}

std::uint64_t return_address(const Thread& thread, const SignalAction& action) {
  if ((action.flags & kActionRestorer) != 0) return action.restorer;
  return vdso_header(*thread.memory) + return_offset();
}

std::array<std::uint64_t, 31> general(const Registers& g) {
  return {g.x0,  g.x1,  g.x2,  g.x3,  g.x4,  g.x5,  g.x6,  g.x7,  g.x8,  g.x9,  g.x10, g.x11, g.x12, g.x13, g.x14, g.x15,
          g.x16, g.x17, g.x18, g.x19, g.x20, g.x21, g.x22, g.x23, g.x24, g.x25, g.x26, g.x27, g.x28, g.x29, g.x30};
}

std::uint32_t word_of(const Registers& guest, std::size_t offset) {
  std::uint32_t value = 0;
  std::memcpy(&value, std::span(guest.extended).subspan(offset, sizeof value).data(), sizeof value);
  return value;
}
void set_word(Registers& guest, std::size_t offset, std::uint64_t value) {
  std::memcpy(std::span(guest.extended).subspan(offset, sizeof value).data(), &value, sizeof value);
}

VectorRecord vectors_of(const Registers& guest) {
  VectorRecord record{.head = {.magic = kVectorMagic, .bytes = sizeof(VectorRecord)},
                      .status = word_of(guest, kStatusOffset),
                      .control = word_of(guest, kControlOffset)};
  std::memcpy(record.registers.data(), guest.extended.data(), record.registers.size());
  return record;
}

void set_vectors(Registers& guest, const VectorRecord& record) {
  claim_vectors(guest);
  std::memcpy(guest.extended.data(), record.registers.data(), record.registers.size());
  set_word(guest, kStatusOffset, record.status);
  set_word(guest, kControlOffset, record.control);
}

// The vectors' record, which every frame must have once. Others are skipped: what the guest
// does not have cannot be restored.
Result<VectorRecord> find_vectors(std::uint64_t records) {
  std::optional<VectorRecord> found;
  for (std::size_t at = 0; at + sizeof(RecordHead) <= kRecordsRoom;) {
    const auto head = TRY(read_guest<RecordHead>(records + at));
    if (head.magic == 0) return head.bytes == 0 && found ? Result<VectorRecord>(*found) : fail(Errno::efault);
    if (head.bytes < sizeof head || head.bytes % 16 != 0 || head.bytes > kRecordsRoom - at) return fail(Errno::efault);
    if (head.magic == kVectorMagic) {
      if (found || head.bytes != sizeof(VectorRecord)) return fail(Errno::efault);
      found = TRY(read_guest<VectorRecord>(records + at));
    } else if (head.magic != kFaultMagic) {
      return fail(Errno::efault);
    }
    at += head.bytes;
  }
  return fail(Errno::efault);
}

}  // namespace

std::uint64_t smallest_signal_stack(const Thread&) { return kFrameBytes + sizeof(CallFrame) + 16; }

Result<void> push_signal_frame(Thread& thread, const SignalAction& action, const SignalInfo& info, SignalSet mask) {
  Registers& guest = thread.registers();
  std::uint64_t top = guest.sp;
  bool entering_alternate = false;
  const bool on_alternate = on_alternate_stack(thread, guest.sp);
  if ((action.flags & kActionOnStack) != 0 && !on_alternate && (thread.alternate_stack.flags & kStackDisabled) == 0) {
    top = thread.alternate_stack.start + thread.alternate_stack.bytes;
    entering_alternate = true;
  }
  const std::uint64_t call_frame = (top - sizeof(CallFrame)) & ~std::uint64_t{15};
  const std::uint64_t frame = call_frame - kFrameBytes;
  // An overflow of the alternate stack is fatal rather than a write below it.
  if ((entering_alternate || on_alternate) && !on_alternate_stack(thread, frame)) return fail(Errno::efault);
  if (frame >= kGuestLimit || call_frame >= kGuestLimit) return fail(Errno::efault);

  SignalFrame image;
  image.info = info;
  image.context.stack.start = thread.alternate_stack.start;
  image.context.stack.flags = alternate_stack_flags(thread, guest.sp);
  image.context.stack.bytes = thread.alternate_stack.bytes;
  image.context.mask = mask.bits();
  image.context.machine = {.fault_address = thread.trap.address, .x = general(guest), .sp = guest.sp, .pc = guest.pc,
                           .pstate = guest.pstate};
  image.vectors = vectors_of(guest);
  if (thread.trap.error != 0)
    image.fault = {.head = {.magic = kFaultMagic, .bytes = sizeof(FaultRecord)}, .code = thread.trap.error};
  TRY(write_guest(frame, image));
  TRY(write_guest(call_frame, CallFrame{.frame_pointer = guest.x29, .return_address = guest.x30}));

  guest.x0 = static_cast<std::uint64_t>(info.signal);
  if ((action.flags & kActionInfo) != 0) {
    guest.x1 = frame + offsetof(SignalFrame, info);
    guest.x2 = frame + offsetof(SignalFrame, context);
  }
  guest.x29 = call_frame;
  guest.x30 = return_address(thread, action);
  guest.sp = frame;
  guest.pc = action.handler;
  // As if called: a handler on a guarded page begins with a landing pad.
  guest.pstate = (guest.pstate & ~(kTagChecksOff | kBranchType)) | (machine_protection() != 0 ? kBranchOfCall : 0);
  if ((thread.alternate_stack.flags & kStackAutoDisarm) != 0) thread.alternate_stack = AlternateStack{};
  return {};
}

Result<void> pop_signal_frame(Thread& thread) {
  Registers& guest = thread.registers();
  const std::uint64_t frame = guest.sp;
  if (frame % 16 != 0) return fail(Errno::efault);
  const auto context = TRY(read_guest<UserContext>(frame + offsetof(SignalFrame, context)));
  const VectorRecord vectors = TRY(find_vectors(frame + kRecordsOffset));
  const MachineContext& machine = context.machine;
  if ((machine.pstate & (kMode | kInterruptMasks)) != 0) return fail(Errno::efault);
  set_vectors(guest, vectors);
  const auto& x = machine.x;
  guest.x0 = x[0], guest.x1 = x[1], guest.x2 = x[2], guest.x3 = x[3], guest.x4 = x[4], guest.x5 = x[5], guest.x6 = x[6];
  guest.x7 = x[7], guest.x8 = x[8], guest.x9 = x[9], guest.x10 = x[10], guest.x11 = x[11], guest.x12 = x[12];
  guest.x13 = x[13], guest.x14 = x[14], guest.x15 = x[15], guest.x16 = x[16], guest.x17 = x[17], guest.x18 = x[18];
  guest.x19 = x[19], guest.x20 = x[20], guest.x21 = x[21], guest.x22 = x[22], guest.x23 = x[23], guest.x24 = x[24];
  guest.x25 = x[25], guest.x26 = x[26], guest.x27 = x[27], guest.x28 = x[28], guest.x29 = x[29], guest.x30 = x[30];
  guest.sp = machine.sp, guest.pc = machine.pc, guest.pstate = machine.pstate & kFreeState;
  set_signal_mask(thread, SignalSet(context.mask));
  restore_alternate_stack(thread, context.stack.start, context.stack.flags, context.stack.bytes);
  return {};
}

}  // namespace tessera::lx
