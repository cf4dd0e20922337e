// shadow(5)
#include <shadow.h>
