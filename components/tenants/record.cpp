// SPDX-License-Identifier: Apache-2.0
#include "components/tenants/record.hpp"

#include <atomic>

#include "lib/rt/raw_memory.hpp"

namespace tessera::tenants {

Records::Records(const rt::Mapping& memory)
    : head_(&rt::object_at<abi::AuditRing>(memory.address)),
      records_(rt::span_at<abi::AuditRecord>(memory.address + sizeof(abi::AuditRing), memory.bytes / sizeof(abi::AuditRecord) - 1)) {}

std::optional<abi::AuditRecord> Records::next() {
  const std::uint64_t written = std::atomic_ref(head_->written).load(std::memory_order_acquire);
  const std::uint64_t read = head_->read;
  if (read == written) return std::nullopt;
  const abi::AuditRecord record = records_[read % records_.size()];
  std::atomic_ref(head_->read).store(read + 1, std::memory_order_release);
  return record;
}

}  // namespace tessera::tenants
