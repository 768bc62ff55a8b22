// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Which Python exception each of the library's becomes.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <exception>
#include <string>
#include <typeindex>
#include <unordered_map>

#include "python/src/bindings.h"
#include "python/src/python_failure.h"
#include "zeus/error.h"

namespace zeus::python {
namespace {

const char* gpu_class_of(const ZeusBaseGPUError& error) {
#define ZEUS_NAMED(Class) \
  { typeid(Class), #Class }
  static const std::unordered_map<std::type_index, const char*> names{
      ZEUS_NAMED(ZeusGPUInitError),
      ZEUS_NAMED(ZeusGPUHeterogeneousError),
      ZEUS_NAMED(ZeusGPUCounterError),
      ZEUS_NAMED(ZeusGPUInvalidArgError),
      ZEUS_NAMED(ZeusGPUNotSupportedError),
      ZEUS_NAMED(ZeusGPUNoPermissionError),
      ZEUS_NAMED(ZeusGPUAlreadyInitializedError),
      ZEUS_NAMED(ZeusGPUNotFoundError),
      ZEUS_NAMED(ZeusGPUInsufficientSizeError),
      ZEUS_NAMED(ZeusGPUInsufficientPowerError),
      ZEUS_NAMED(ZeusGPUDriverNotLoadedError),
      ZEUS_NAMED(ZeusGPUTimeoutError),
      ZEUS_NAMED(ZeusGPUIRQError),
      ZEUS_NAMED(ZeusGPULibraryNotFoundError),
      ZEUS_NAMED(ZeusGPUFunctionNotFoundError),
      ZEUS_NAMED(ZeusGPUCorruptedInfoROMError),
      ZEUS_NAMED(ZeusGPULostError),
      ZEUS_NAMED(ZeusGPUResetRequiredError),
      ZEUS_NAMED(ZeusGPUOperatingSystemError),
      ZEUS_NAMED(ZeusGPULibRMVersionMismatchError),
      ZEUS_NAMED(ZeusGPUMemoryError),
      ZEUS_NAMED(ZeusGPUUnknownError),
  };
#undef ZEUS_NAMED
  const auto found = names.find(typeid(error));
  return found != names.end() ? found->second : "ZeusBaseGPUError";
}

nb::object text_of(const std::exception& error) {
  const std::string what = error.what();
  return nb::steal(
      PyUnicode_DecodeUTF8(what.data(), static_cast<Py_ssize_t>(what.size()), "replace"));
}

void raise(const char* module, const char* name, const std::exception& error) {
  const nb::object exception = nb::module_::import_(module).attr(name)(text_of(error));
  PyErr_SetObject(exception.type().ptr(), exception.ptr());
}

void raise_gpu_error(const ZeusBaseGPUError& error) {
  const nb::object exception =
      nb::module_::import_("zeus.device.gpu.common").attr(gpu_class_of(error))(text_of(error));
  exception.attr("code") = error.code();
  exception.attr("call") = error.call();
  PyErr_SetObject(exception.type().ptr(), exception.ptr());
}

void translate(const std::exception_ptr& pointer, void* /*unused*/) {
  try {
    try {
      std::rethrow_exception(pointer);
    } catch (const PythonFailure& error) {
      error.restore();
    } catch (const ZeusValueError& error) {
      PyErr_SetObject(PyExc_ValueError, text_of(error).ptr());
    } catch (const ZeusFileError& error) {
      raise("zeus.exception", "ZeusFileError", error);
    } catch (const ZeusCommunicatorError& error) {
      raise("zeus.exception", "ZeusCommunicatorError", error);
    } catch (const ZeusForkError& error) {
      raise("zeus.exception", "ZeusForkError", error);
    } catch (const ZeusBaseGPUError& error) {
      raise_gpu_error(error);
    } catch (const ZeusCPUNoPermissionError& error) {
      raise("zeus.device.cpu.common", "ZeusCPUNoPermissionError", error);
    } catch (const ZeusBaseCPUError& error) {
      raise("zeus.device.exception", "ZeusBaseCPUError", error);
    } catch (const ZeusBaseError& error) {
      raise("zeus.exception", "ZeusBaseError", error);
    }
  } catch (nb::python_error& error) {
    error.restore();  // the package is damaged: its exceptions can't be imported
  }
}

}  // namespace

void init_errors(nb::module_& /*module*/) { nb::register_exception_translator(translate); }

}  // namespace zeus::python
