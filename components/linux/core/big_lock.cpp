// SPDX-License-Identifier: Apache-2.0
#include "components/linux/core/big_lock.hpp"

#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

rt::SharedMutex big_lock;

NO_THREAD_SAFETY_ANALYSIS OutsideBigLock::OutsideBigLock(rt::Mutex* instead) : instead_(instead) {
  if (!several_processors) return;
  if (instead_ != nullptr) instead_->lock();
  big_lock.unlock();
  current_or_null()->carrier->unlocked();
}

NO_THREAD_SAFETY_ANALYSIS OutsideBigLock::~OutsideBigLock() {
  if (!several_processors) return;
  if (instead_ != nullptr) instead_->unlock();
  big_lock.lock();
}

}  // namespace tessera::lx
