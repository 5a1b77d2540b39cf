void ck_placeholder(void);
#include "network.h"
